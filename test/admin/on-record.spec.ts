import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '..', '..', 'apps', 'api', 'src', 'admin');

/** Handlers that are no GET and leave nothing in the audit. */
const CHANGE_NOTHING = {
  'audit-verification.controller.ts verify': 'reads the chains',
  'trust.controller.ts explain': 'looks at a token',
  'upstreams.controller.ts examine': 'looks whether it works',
  'upstreams.controller.ts sync': 'reads a copy anew, as the clock does',
};
const HANDLER =
  /@(?:Post|Put|Patch|Delete)\([^)]*\)\n(?:\s*@[^\n]*\n)*\s*(?:async )?(\w+)\(([\s\S]*?)\n?\s*\)[^{\n]*\{\n/g;

it('every handler of the admin API that changes something is told who asked for it', () => {
  const controllers = readdirSync(FOLDER).filter((file) => file.endsWith('.controller.ts'));
  const handlers = controllers.flatMap((file) =>
    [...readFileSync(join(FOLDER, file), 'utf8').matchAll(HANDLER)].map(([text, name]) => ({ file, name, text })),
  );
  expect(handlers.length).toBeGreaterThan(25);
  const silent = handlers.filter(({ text }) => !text.includes('@AdminActor()'));
  expect(silent.map(({ file, name }) => `${file} ${name}`).toSorted()).toEqual(Object.keys(CHANGE_NOTHING));
});
