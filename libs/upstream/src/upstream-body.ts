export type JsonObject = Record<string, unknown>;

export interface UpstreamPage {
  items: JsonObject[];
  next: string | null;
  prev: string | null;
  /** Of all pages, where it says so. */
  count: number | null;
}

/**
 * The reader of upstreams is tolerant (protocol.md §6, §11): a list is an envelope, an array of envelopes, an object of the first version with
 * `objects`, or nothing but the array.
 * @returns null when there is no list in it
 */
export function readPage(body: unknown): UpstreamPage | null {
  const parts = (Array.isArray(body) ? body : [body]).filter(isObject);
  const envelopes = parts.filter((part) => itemsOf(part) !== null);
  if (Array.isArray(body) && envelopes.length < parts.length) return pageOf([{ data: body }]);
  return Array.isArray(body) || envelopes.length > 0 ? pageOf(envelopes) : null;
}

/** One object: in an envelope, in a list of one, in both, or bare. Null when there is none. */
export function readOne(body: unknown): JsonObject | null {
  let one = body;
  // No recursion: how deep it goes is theirs to say.
  for (;;) {
    if (Array.isArray(one)) one = one[0];
    else if (!isObject(one)) return null;
    else if (isObject(one.data) || Array.isArray(one.data)) one = one.data;
    else return one;
  }
}

/** An id is text to us, whether it comes as text or as a number: one that is exact. */
export function idText(value: unknown): string | null {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : null;
  return textOf(value);
}

/** Of something that is named by its id, or stands there itself. */
export function referenceOf(value: unknown): string | null {
  return isObject(value) ? (idText(value.uuid) ?? idText(value.id) ?? idText(value.key)) : idText(value);
}

/** Null for what is no text, or empty. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function itemsOf({ data, objects, results }: JsonObject): unknown[] | null {
  return [data, objects, results].find(Array.isArray) ?? null;
}

function pageOf(envelopes: readonly JsonObject[]): UpstreamPage {
  const first = envelopes[0] ?? {};
  const last = envelopes.at(-1) ?? {};
  return {
    items: envelopes.flatMap((envelope) => itemsOf(envelope) ?? []).filter(isObject),
    next: linkOf(last, 'next'),
    prev: linkOf(first, 'prev') ?? linkOf(first, 'previous'),
    count: countOf(first),
  };
}

/** In `links`; beside the list in the first version, as `next` or as `next_url`. */
function linkOf(envelope: JsonObject, name: string): string | null {
  const links = isObject(envelope.links) ? envelope.links : {};
  return textOf(links[name]) ?? textOf(envelope[name]) ?? textOf(envelope[`${name}_url`]);
}

function countOf({ meta, count, total }: JsonObject): number | null {
  const counts = [isObject(meta) ? meta.count : undefined, count, total];
  return counts.find((value): value is number => typeof value === 'number' && value >= 0) ?? null;
}
