const SIZES = [16, 32, 64, 128] as const;
type Images = Record<`url_${(typeof SIZES)[number]}x${(typeof SIZES)[number]}`, string>;

/** Addresses of an app's picture, which this emulator draws itself. */
export function imagesOf(origin: string, slug: string): Images {
  return Object.fromEntries(
    SIZES.map((size) => [`url_${size}x${size}`, `${origin}/images/${slug}.svg?size=${size}`]),
  ) as Images;
}
