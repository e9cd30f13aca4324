import { expect, it } from 'vitest';
import { select } from './select.js';

const value = { a: { b: [{ c: 1 }, 2] }, 'x/y': 1, 'x~y': 2, '': 3, 'd.e': 4, n: null };

it.each<[string, unknown]>([
  ['', value],
  ['/a/b/0/c', 1],
  ['/a/b/1', 2],
  ['/x~1y', 1],
  ['/x~0y', 2],
  ['/', 3],
  ['/n', null],
  ['/d.e', 4],
  ['a.b.0.c', 1],
  ['a.b', [{ c: 1 }, 2]],
  ['/a/b/2', undefined],
  ['/a/b/-', undefined],
  ['/a/b/00', undefined],
  ['/x~2y', undefined],
  ['d.e', undefined],
  ['n.a', undefined],
])('selects %j', (path, expected) => {
  expect(select(value, path)).toEqual(expected);
});

it.each(['constructor', '__proto__', '/__proto__/toString', 'a.b.length', '/a/b/constructor', 'a.toString.name'])(
  'never reaches what is inherited: %s',
  (path) => {
    expect(select(value, path)).toBeUndefined();
  },
);

it.each([undefined, null, 'text', 5])('selects nothing inside %j', (scalar) => {
  expect(select(scalar, 'length')).toBeUndefined();
  expect(select(scalar, '')).toBe(scalar);
});
