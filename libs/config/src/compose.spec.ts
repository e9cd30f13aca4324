import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const NAME = /[A-Z][A-Z_]+[A-Z]/g;
const read = (file: string) => readFileSync(join(import.meta.dirname, '../../..', file), 'utf8');
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

it('docker-compose.yml passes on what the manual of variables says, and nothing else of .env', () => {
  const manual = read('.env.example');
  const said = /passes on these: (?<names>[^.]*), and the three passwords/.exec(manual)?.groups?.names ?? '';
  const passwords = ['POSTGRES_PASSWORD', 'GATEHOUSE_OWNER_PASSWORD', 'GATEHOUSE_DB_PASSWORD'];
  const interpolated = [...read('docker-compose.yml').matchAll(/(?<!\$)\$\{([A-Z_]+)/g)].map(([, name = '']) => name);
  expect(sorted(interpolated)).toEqual(sorted([...(said.match(NAME) ?? []), ...passwords]));
  for (const name of interpolated) expect(manual).toContain(`\n#${name}=`);
});
