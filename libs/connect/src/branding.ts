/** A tenant's colour as buttons wear it. */
export interface Accent {
  background: string;
  /** Of text on it. */
  text: '#ffffff' | '#000000';
}

/** Of black and white, the one that is easier to read on the colour: at worst 4.58 to 1, and WCAG 2.2 §1.4.3 asks for 4.5. */
export function accentOf(color: string): Accent {
  const luminance = relativeLuminance(color);
  const [onWhite, onBlack] = [1.05 / (luminance + 0.05), (luminance + 0.05) / 0.05];
  return { background: color, text: onWhite >= onBlack ? '#ffffff' : '#000000' };
}

/** WCAG 2.2's definition. @param color `#rrggbb` */
function relativeLuminance(color: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => linear(Number.parseInt(color.slice(at, at + 2), 16) / 255));
  return 0.2126 * (red ?? 0) + 0.7152 * (green ?? 0) + 0.0722 * (blue ?? 0);
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
}
