import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MOCKING } from '../../vitest.config.js';

const CHECKOUT = join(import.meta.dirname, '..', '..');
const MOCKS = /\bvi\.(?:mock|doMock)\(/;

test('whoever mocks a module has a process to itself: the project `mocking` of vitest.config.ts names it', () => {
  const specs = ['apps', 'libs', 'test', 'bench'].flatMap((folder) =>
    readdirSync(join(CHECKOUT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('spec.ts') && !file.includes('node_modules'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
  const mocking = specs.filter((file) => MOCKS.test(readFileSync(join(CHECKOUT, file), 'utf8')));
  expect(mocking.toSorted()).toEqual(MOCKING.toSorted());
});
