import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
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

  it('has no text over several lines: their beginnings are cut where the page is put together', () => {
    expect(textsOf(text).filter((one) => one.includes('\n'))).toEqual([]);
  });
});

function textsOf(source: string): string[] {
  const texts: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) texts.push(node.getText());
    if (ts.isTemplateHead(node) || ts.isTemplateMiddle(node) || ts.isTemplateTail(node)) texts.push(node.getText());
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('source.ts', source, ts.ScriptTarget.Latest, true));
  return texts;
}
