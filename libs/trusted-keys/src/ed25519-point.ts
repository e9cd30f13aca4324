/** RFC 8032 §5.1: the field, and d of the curve -x² + y² = 1 + d·x²·y². */
const P = 2n ** 255n - 19n;
const D = 37_095_705_934_669_439_343_138_083_508_754_565_189_542_113_879_843_219_016_388_785_533_085_940_283_555n;

/** One solution of d·y⁴ + 2·y² = 1: twice the point has y = 0, and twice that is the point of order 2. */
const Y_OF_ORDER_8 =
  2_707_385_501_144_840_649_318_225_287_225_658_788_936_804_267_575_313_519_463_743_609_750_303_402_022n;
/**
 * The y of the eight points whose order divides the cofactor 8 (RFC 8032 §5.1); those of one y differ in the sign of x. libsodium refuses
 * the same ones: ge25519_has_small_order in
 * https://github.com/jedisct1/libsodium/blob/master/src/libsodium/crypto_core/ed25519/ref10/ed25519_ref10.c
 */
const LOW_ORDER: ReadonlySet<bigint> = new Set([1n, P - 1n, 0n, Y_OF_ORDER_8, P - Y_OF_ORDER_8]);

/**
 * What is wrong with the encoding of an Ed25519 public key, which node:crypto takes as it comes. Null when it is a point of the curve that is
 * not of low order: for those anybody can make signatures.
 */
export function ed25519Fault(encoded: Buffer): string | null {
  const sign = 2n ** 255n;
  const y = BigInt(`0x${Buffer.from(encoded.toReversed()).toString('hex')}`) % sign;
  if (y >= P || !hasPoint(y)) return 'Its point is not on the curve Ed25519.';
  return LOW_ORDER.has(y) ? 'Its point is of low order: anybody can sign for it.' : null;
}

/** Whether x² = (y² - 1) / (d·y² + 1) has a root. The divisor is never 0, and a quotient is a square when the product is one. */
function hasPoint(y: bigint): boolean {
  const y2 = (y * y) % P;
  return isSquare(((y2 + P - 1n) * (D * y2 + 1n)) % P);
}

/** Euler's criterion: the power (p-1)/2 of a square is 0 or 1. As that is 2²⁵⁴ - 10, squaring and one comparison will do. */
function isSquare(value: bigint): boolean {
  let power = value;
  for (let exponent = 0; exponent < 254; exponent += 1) power = (power * power) % P;
  return power === value ** 10n % P;
}
