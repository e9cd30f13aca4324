import { findCycles } from './import-cycle.js';
import { libOf, type Place, placeOf, resolveRelative } from './place.js';
import { privilegeRules } from './privilege-rules.js';
import type { Import, SourceFacts } from './read-source.js';
import type { Rule, Rules, Violation } from './rule.js';
import { mayImport, TIERS } from './tiers.js';

/** An app may start another in its own process. */
const APP_IMPORTS: Readonly<Record<string, readonly string[]>> = { demo: ['api', 'worker'], api: ['worker'] };
const HAS_INDEX = 'a lib has an index';
const NO_CYCLE = 'no import cycle';
const DRAWERS = /^(utils?|common|helpers?|shared|misc)$/i;

const importRules: Rules = {
  'a lib has a tier': ({ file }) => {
    const { area, name } = placeOf(file);
    return area !== 'libs' || name in TIERS ? [] : [`"${name}" is not in the table of tiers`];
  },
  'a lib imports only what its tier allows': eachImport((from, { specifier }) => {
    const lib = libOf(specifier);
    // A spec may set its scene with whatever the scene needs.
    if (!lib || from.area !== 'libs' || from.isSpec || lib.name === from.name) return undefined;
    if (lib.name === 'testing') return undefined;
    return mayImport(from.name, lib.name) ? undefined : `${from.name} may not import ${lib.name}`;
  }),
  'only specs and the demo import testing': eachImport((from, { specifier }) => {
    const allowed = from.isSpec || from.area === 'test' || from.area === 'bench' || from.name === 'demo';
    return libOf(specifier)?.name === 'testing' && !allowed ? specifier : undefined;
  }),
  'a lib is imported through #libs/<name>': eachImport((from, { specifier }, file) => {
    if (libOf(specifier)?.deep) return specifier;
    const target = placeOf(resolveRelative(file, specifier) ?? '');
    if (target.area !== 'libs' || (from.area === 'libs' && from.name === target.name)) return undefined;
    return specifier;
  }),
  'inside a lib paths are relative': eachImport((from, { specifier }) =>
    from.area === 'libs' && libOf(specifier)?.name === from.name ? specifier : undefined,
  ),
  'a lib imports no app, migration or test': eachImport((from, { specifier }, file) => {
    const target = placeOf(resolveRelative(file, specifier) ?? '').area;
    if (from.area !== 'libs' || target === 'libs' || target === 'root') return undefined;
    return from.name === 'testing' && target === 'migrations' ? undefined : specifier;
  }),
  'an app imports another only to run it': eachImport((from, { specifier }, file) => {
    const target = placeOf(resolveRelative(file, specifier) ?? '');
    if (from.area !== 'apps' || target.area !== 'apps' || target.name === from.name) return undefined;
    return APP_IMPORTS[from.name]?.includes(target.name) ? undefined : specifier;
  }),
  'no file or folder is a drawer': ({ file }) => {
    const words = file.split('/').map((segment) => segment.split('.')[0] ?? '');
    return words.filter((word) => DRAWERS.test(word) || /-(utils?|helpers?)$/.test(word));
  },
  'no export *': ({ exportsAll }) => (exportsAll ? ['exports everything of another module'] : []),
  'no forwardRef': ({ identifiers }) => (identifiers.has('forwardRef') ? ['uses forwardRef'] : []),
};

/** Checks a whole tree, given as facts: the rules read no disk. */
export function findViolations(tree: readonly SourceFacts[]): Violation[] {
  const rules = Object.entries({ ...importRules, ...privilegeRules });
  const ofFiles = rules.flatMap(([rule, check]) =>
    tree.flatMap((source) => check(source, tree).map((detail) => ({ rule, file: source.file, detail }))),
  );
  return [...ofFiles, ...missingIndexes(tree), ...cycles(tree)];
}

/** The names of all rules, so that a test can prove that each has a planted violation. */
export function ruleNames(): string[] {
  return [...Object.keys(importRules), ...Object.keys(privilegeRules), HAS_INDEX, NO_CYCLE];
}

function missingIndexes(tree: readonly SourceFacts[]): Violation[] {
  const files = new Set(tree.map(({ file }) => file));
  const libs = new Set([...files].map(placeOf).flatMap(({ area, name }) => (area === 'libs' ? [name] : [])));
  return [...libs]
    .map((name) => `libs/${name}/src/index.ts`)
    .filter((index) => !files.has(index))
    .map((file) => ({ rule: HAS_INDEX, file, detail: 'is missing' }));
}

function cycles(tree: readonly SourceFacts[]): Violation[] {
  const edges = tree.map(({ file, imports }): [string, string[]] => [
    file,
    imports.flatMap(({ specifier }) => targetOf(specifier, file) ?? []),
  ]);
  return findCycles(new Map(edges)).map((circle) => ({
    rule: NO_CYCLE,
    file: circle[0] ?? '',
    detail: circle.join(' → '),
  }));
}

function targetOf(specifier: string, file: string): string | undefined {
  const lib = libOf(specifier);
  return lib ? `libs/${lib.name}/src/index.ts` : resolveRelative(file, specifier);
}

function eachImport(check: (from: Place, imported: Import, file: string) => string | undefined): Rule {
  return ({ file, imports }) => imports.flatMap((imported) => check(placeOf(file), imported, file) ?? []);
}
