import { type JsonSchema, valueOf } from './sample.js';

/** mulberry32: small, and the same everywhere. */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const TEXTS = [
  '',
  ' ',
  '0',
  '-1',
  '1e999',
  'null',
  'true',
  '\u0000',
  '\ud83d',
  'ü😀\u202e',
  '..',
  '../../etc/passwd',
  '%00',
  '%',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '"><script>alert(1)</script>',
  '{{7*7}}${7*7}',
  '__proto__',
  'constructor',
  'toString',
  'a'.repeat(300),
  'b'.repeat(5000),
  '\r\nx-injected: 1',
  'http://169.254.169.254/latest/meta-data',
  'https://user:pass@notes.acme.test:99999/',
  'javascript:alert(1)',
  'file:///etc/passwd',
  '2026-02-30',
  '9999-12-31T23:59:60Z',
  '-271821-04-20T00:00:00Z',
  '+275760-09-13T00:00:00.001Z',
  '0001-01-01T00:00:00Z',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  'core:00000000-0000-0000-0000-000000000000.x',
];
const NUMBERS = [0, -0, -1, 1, 0.5, 1e308, -1e308, 2 ** 31, 2 ** 53, 2 ** 63, Number.MIN_VALUE, 999_999_999];
const MEMBERS = ['data', '__proto__', 'constructor', 'id', '', 'x', 'a.b', 'a/b', '0', 'length', 'toJSON', '\u0000'];

/** Values of a kind that nobody means well with. */
export class HostileValues {
  constructor(
    readonly random: () => number,
    /** Texts that mean something to the service, such as ids. */
    private readonly known: () => readonly string[],
  ) {}

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  happens(share: number): boolean {
    return this.random() < share;
  }

  text(): string {
    return this.happens(0.4) ? this.pick(this.known()) : this.pick(TEXTS);
  }

  any(depth = 3): unknown {
    if (depth === 0 || this.happens(0.6))
      return this.pick<() => unknown>([
        () => this.text(),
        () => this.pick(NUMBERS),
        () => null,
        () => true,
        () => [],
      ])();
    const size = Math.floor(this.random() * 4);
    if (this.happens(0.4)) return Array.from({ length: size }, () => this.any(depth - 1));
    return Object.fromEntries(Array.from({ length: size }, () => [this.pick(MEMBERS), this.any(depth - 1)]));
  }

  /** A value that fits, with known texts where a text is asked for; then, more often than not, with something wrong in it. */
  body(schema: JsonSchema): unknown {
    const fitting = this.#filled(valueOf(schema, () => this.happens(0.5)));
    return this.happens(0.35) ? fitting : this.#spoilt(fitting);
  }

  #filled(value: unknown): unknown {
    if (value === 'a') return this.happens(0.7) ? this.pick(this.known()) : 'a';
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.#filled(item));
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#filled(item)]));
  }

  #spoilt(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.happens(0.15)) return this.any();
    if (Array.isArray(value))
      return this.happens(0.3) ? Array<unknown>(2000).fill(this.any(1)) : value.map((item) => this.#spoilt(item));
    const entries: [string, unknown][] = Object.entries(value);
    const at = Math.floor(this.random() * entries.length);
    return this.pick([
      () => Object.fromEntries(entries.filter((_, index) => index !== at)),
      () => Object.fromEntries([...entries, [this.pick(MEMBERS), this.any()]]),
      () => Object.fromEntries(entries.map(([name, item], index) => [name, index === at ? this.any() : item])),
      () => Object.fromEntries(entries.map(([name, item], index) => [name, index === at ? this.#spoilt(item) : item])),
    ])();
  }

  /** No JSON that anybody would write. */
  bytes(): Buffer {
    return this.pick([
      () => Buffer.from('{"data":'),
      () => Buffer.from([0xff, 0xfe, 0x00, 0x80]),
      () => Buffer.from('{"a":1,"a":2,"__proto__":{"x":1}}'),
      () => Buffer.from(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
      () => Buffer.from(`${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`),
      () => Buffer.from('\ufeff{}'),
      () => Buffer.from('NaN'),
      () => Buffer.from('"text"'),
      () => Buffer.from('[]'),
      () => Buffer.from('1e999'),
      () => Buffer.from(`{"data":"${'x'.repeat(1_100_000)}"}`),
      () => Buffer.from('--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--'),
      () => Buffer.from(`a=1&a=2&${'b=1&'.repeat(500)}`),
      () => Buffer.alloc(0),
    ])();
  }
}
