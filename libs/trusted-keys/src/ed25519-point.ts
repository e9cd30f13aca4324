/** RFC 8032 §5.1: the field, and d of the curve -x² + y² = 1 + d·x²·y². */
const P = 2n ** 255n - 19n;
const D = mod(-121_665n * inverse(121_666n));
const COFACTOR_DOUBLINGS = 3;

/**
 * What is wrong with the encoding of an Ed25519 public key, which node:crypto takes as it comes. Null when it is a point of the curve that is
 * not of low order: for those anybody can make signatures.
 */
export function ed25519Fault(encoded: Buffer): string | null {
  const sign = 2n ** 255n;
  const y = BigInt(`0x${Buffer.from(encoded.toReversed()).toString('hex')}`) % sign;
  if (y >= P || xSquared(y) === null) return 'Its point is not on the curve Ed25519.';
  let multiple = y;
  for (let count = 0; count < COFACTOR_DOUBLINGS; count += 1) multiple = doubled(multiple);
  // Only the neutral element has y = 1.
  return multiple === 1n ? 'Its point is of low order: anybody can sign for it.' : null;
}

/** x² of the point with this y; null when no point has it. */
function xSquared(y: bigint): bigint | null {
  const value = mod((y * y - 1n) * inverse(D * y * y + 1n));
  // Euler's criterion: the squares are those whose power (p-1)/2 is 0 or 1.
  return power(value, (P - 1n) / 2n) <= 1n ? value : null;
}

/** y of twice the point: the addition law needs nothing of x but its square. */
function doubled(y: bigint): bigint {
  const x2 = xSquared(y) ?? 0n;
  return mod((y * y + x2) * inverse(1n - D * x2 * y * y));
}

function inverse(value: bigint): bigint {
  return power(mod(value), P - 2n);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P;
    square = (square * square) % P;
  }
  return result;
}

function mod(value: bigint): bigint {
  return ((value % P) + P) % P;
}
