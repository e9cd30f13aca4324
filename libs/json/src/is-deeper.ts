/** Whether a value parsed from JSON has more levels of objects and arrays. Looks no further down than that: it may be nested without end. */
export function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}
