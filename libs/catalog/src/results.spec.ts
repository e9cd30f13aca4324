import { expect, it } from 'vitest';
import { toResults } from './results.js';

it.each<[unknown, unknown[]]>([
  [undefined, []],
  [null, []],
  ['', []],
  [[], []],
  [{}, [{}]],
  [{ a: 1 }, [{ a: 1 }]],
  [
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { a: 2 }],
  ],
  [
    [1, null, { a: 1 }, [2]],
    [{ value: 1 }, { a: 1 }, { value: [2] }],
  ],
  ['text', [{ value: 'text' }]],
  [0, [{ value: 0 }]],
  [false, [{ value: false }]],
])('%j is a list of objects', (body, results) => {
  expect(toResults(body)).toEqual(results);
});
