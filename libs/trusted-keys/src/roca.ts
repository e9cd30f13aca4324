const GENERATOR = 65_537;
const LARGEST_PRIME = 167;

/** For each odd prime up to 167: which residues are powers of 65537. */
const subgroups = oddPrimes().map((prime) => ({ prime: BigInt(prime), residues: powersOfGenerator(prime) }));

/**
 * Whether a modulus was made by the faulty library of CVE-2017-15361 ("ROCA"), whose keys can be factored. Its primes have the form
 * k · M + (65537^a mod M), where M is a product of the first primes: so modulo each of those the modulus is a power of 65537. For a sound
 * modulus that happens once in 2^27.
 */
export function hasRocaFingerprint(modulus: bigint): boolean {
  return subgroups.every(({ prime, residues }) => residues.has(Number(modulus % prime)));
}

function powersOfGenerator(prime: number): Set<number> {
  const powers = new Set<number>();
  for (let power = 1; !powers.has(power); power = (power * GENERATOR) % prime) powers.add(power);
  return powers;
}

function oddPrimes(): number[] {
  const primes: number[] = [];
  for (let candidate = 3; candidate <= LARGEST_PRIME; candidate += 2) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}
