import type { OutputField } from '#libs/catalog';

/** The document's fields in its order with what was seen as their samples, then what only was seen. */
export function withSamples(fields: readonly OutputField[], seen: readonly OutputField[]): OutputField[] {
  const samples = new Map(seen.map((field) => [field.id, field]));
  const known = fields.map((field) => ({ ...field, ...sampleOf(samples.get(field.id)) }));
  const ids = new Set(fields.map(({ id }) => id));
  return [...known, ...seen.filter(({ id }) => !ids.has(id))];
}

function sampleOf(field: OutputField | undefined): { sample?: string } {
  return field?.sample === undefined ? {} : { sample: field.sample };
}

/** protocol.md §7.8. */
export function toOutputField({ id, title, sample }: OutputField) {
  return { type: 'output_field', id, title, ...(sample !== undefined && { sample }) };
}
