import { expect, it } from 'vitest';
import { displayName } from './display-name.js';

it.each([
  ['Ada Lovelace', 'Ada Lovelace'],
  [' Ada ', 'Ada'],
  ['آدا', 'آدا'],
  ['x'.repeat(100), 'x'.repeat(100)],
])('%j is shown as %j', (claim, name) => expect(displayName(claim)).toBe(name));

it.each([
  [undefined],
  [null],
  [7],
  [['Ada']],
  [''],
  [' '],
  ['x'.repeat(101)],
  ['Ada\nEve'],
  ['Ada\u2028Eve'],
  ['\ud800'],
])('%j is not shown', (claim) => expect(displayName(claim)).toBeUndefined());
