import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { forms } from './forms.js';
import { readLimits } from './limit-table.js';
import { registrations } from './registrations.js';
import { surfaces } from './surfaces.js';

const ROOT = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'threat-model.md'), 'utf8');
const threats = [...page.matchAll(/^\| (T\d+) +\| (.+) \|$/gm)].map(([, id = '', rest = '']) => ({
  id,
  cells: rest.split(' | ').map((cell) => cell.trim()),
}));

it('each threat stands once, with a control', () => {
  expect(threats.map(({ id }) => id)).toEqual(Array.from({ length: 34 }, (_, index) => `T${index + 1}`));
  expect(threats.filter(({ cells }) => cells.length !== 3 || cells.some((cell) => cell === ''))).toEqual([]);
});

it.each(threats)('$id is shown by tests that are there', ({ cells }) => {
  const tests = [...(cells[2] ?? '').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path);
  expect(tests.length).toBeGreaterThan(0);
  expect(tests.filter((path) => !path.endsWith('spec.ts') || !existsSync(join(ROOT, path)))).toEqual([]);
});

it('the figures are those of the tests', () => {
  const [, formCount, surfaceCount, callCount] =
    /(\d+) forms of a URL at each of (\d+) places that call one, and at (\d+) calls/.exec(page) ?? [];
  expect([formCount, surfaceCount, callCount].map(Number)).toEqual([
    forms.length,
    surfaces.length,
    registrations.length,
  ]);
  expect(Number(/(\d+) limits, each tried/.exec(page)?.[1])).toBe(readLimits().length);
});
