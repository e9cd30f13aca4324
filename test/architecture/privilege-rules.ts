import { isProduct, libOf, placeOf, resolveRelative } from './place.js';
import type { SourceFacts } from './read-source.js';
import type { Rules } from './rule.js';
import { OVER_TENANTS } from './over-tenants.js';

const LISTENERS = ['libs/database/src/embedded-', 'apps/api/src/require-port.ts'];
const NETWORK = /^(undici|(node:)?(http|https|http2|net|tls|dgram))(\/|$)/;
/** Past which a statement has no scope. */
const CONNECTIONS = ['DataSource', 'InjectDataSource', 'InjectRepository', 'InjectEntityManager'];
/** These run in pages, whose connections the page's own policy allows. */
const IN_BROWSERS = ['connect-js', 'console'];
const CIPHERS = ['createCipheriv', 'createDecipheriv'];
const SEALING = ['seal', 'open'];

/** What only one lib may do. Specs, test support, benchmarks and the demo are free, where a rule does not say else. */
export const privilegeRules: Rules = {
  'only egress opens connections': ({ file, imports, usesFetch }) => {
    const place = placeOf(file);
    if (!isProduct(place) || place.name === 'egress' || IN_BROWSERS.includes(place.name)) return [];
    const modules = imports
      .filter(({ specifier, typeOnly }) => NETWORK.test(specifier) && !typeOnly)
      .map(({ specifier }) => specifier)
      // These look for a free port, or hold a lock with a socket: they listen, and call nobody.
      .filter((specifier) => !(specifier === 'node:net' && LISTENERS.some((start) => file.startsWith(start))));
    return usesFetch ? [...modules, 'fetch'] : modules;
  },
  'only config reads the environment': ({ file, readsEnvironment }) => {
    const place = placeOf(file);
    return readsEnvironment && isProduct(place) && place.name !== 'config' ? ['process.env'] : [];
  },
  'only crypto holds a cipher': ({ file, identifiers }) => {
    const place = placeOf(file);
    if (!isProduct(place) || place.name === 'crypto') return [];
    return CIPHERS.filter((name) => identifiers.has(name));
  },
  'only vault seals and opens': ({ file, imports }) => {
    const place = placeOf(file);
    if (!isProduct(place) || place.name === 'vault') return [];
    const fromCrypto = imports.filter(({ specifier }) => libOf(specifier)?.name === 'crypto');
    return fromCrypto.flatMap(({ names }) => names.filter((name) => SEALING.includes(name)));
  },
  'only database holds connections to it': ({ file, imports }) => {
    const place = placeOf(file);
    if (!isProduct(place) || place.name === 'database' || file.startsWith('migrations/')) return [];
    return imports.flatMap(({ names, typeOnly }) =>
      typeOnly ? [] : names.filter((name) => CONNECTIONS.includes(name)),
    );
  },
  'only known files read the rows of all tenants': ({ file, identifiers }) => {
    const place = placeOf(file);
    if (!isProduct(place) || place.name === 'database' || !identifiers.has('overTenants')) return [];
    return OVER_TENANTS.includes(file) ? [] : ['overTenants'];
  },
  'only migrations know the entities of several libs': (source, tree) => {
    // An entity names those that its foreign keys point to, and a type is only the shape of a row.
    if (!isProduct(placeOf(source.file)) || /^migrations\/|\.entity\.ts$/.test(source.file)) return [];
    const libs = entityLibs(source, tree);
    return libs.size > 1 ? [`imports entities of ${[...libs].join(', ')}`] : [];
  },
};

function entityLibs(source: SourceFacts, tree: readonly SourceFacts[]): Set<string> {
  const libs = new Set<string>();
  for (const { specifier, names, typeOnly } of source.imports) {
    if (typeOnly) continue;
    const target = resolveRelative(source.file, specifier);
    const lib = libOf(specifier)?.name ?? (target?.endsWith('.entity.ts') ? placeOf(target).name : undefined);
    if (lib && (target !== undefined || names.some((name) => entitiesOf(lib, tree).has(name)))) libs.add(lib);
  }
  return libs;
}

function entitiesOf(lib: string, tree: readonly SourceFacts[]): Set<string> {
  const files = tree.filter(({ file }) => file.startsWith(`libs/${lib}/`) && file.endsWith('.entity.ts'));
  return new Set(files.flatMap(({ exports }) => exports));
}
