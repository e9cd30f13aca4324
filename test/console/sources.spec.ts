import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readSource } from '../architecture/read-source.js';

const FOLDER = 'apps/console/src';
const READS_HTML = [
  'innerHTML',
  'outerHTML',
  'insertAdjacentHTML',
  'createContextualFragment',
  'DOMParser',
  'setHTMLUnsafe',
  'srcdoc',
  'eval',
  'Function',
];

const files = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'));

describe.each(files)('%s', (name) => {
  const text = readFileSync(join(FOLDER, name), 'utf8');

  it('makes no HTML, and no code, of any text', () => {
    const { identifiers } = readSource(name, text);
    expect(READS_HTML.filter((word) => identifiers.has(word))).toEqual([]);
  });
});
