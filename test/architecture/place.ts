import { posix } from 'node:path';

/** Where a file lies, which decides what it may do. */
export interface Place {
  area: 'libs' | 'apps' | 'migrations' | 'test' | 'bench' | 'root';
  /** The lib or the app; empty elsewhere. */
  name: string;
  isSpec: boolean;
}

const AREAS = ['libs', 'apps', 'migrations', 'test', 'bench'] as const;

export function placeOf(file: string): Place {
  const [folder, name = ''] = file.split('/');
  const area = AREAS.find((candidate) => candidate === folder) ?? 'root';
  const isSpec = /[.-]spec\.m?[jt]sx?$/.test(file);
  return { area, name: area === 'libs' || area === 'apps' ? name : '', isSpec };
}

/** Code that ships: no spec, no test support, no benchmark, no demo. */
export function isProduct({ area, name, isSpec }: Place): boolean {
  if (isSpec || name === 'testing') return false;
  return area === 'libs' || area === 'migrations' || (area === 'apps' && name !== 'demo');
}

/** The source file that a relative specifier means; undefined for a package or `#libs`. */
export function resolveRelative(file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
}

/** `#libs/name` or `#libs/name/deep`: the name and what follows it. */
export function libOf(specifier: string): { name: string; deep: boolean } | undefined {
  const match = /^#libs\/([^/]+)(\/.*)?$/.exec(specifier);
  return match?.[1] === undefined ? undefined : { name: match[1], deep: match[2] !== undefined };
}
