import { readFile } from 'node:fs/promises';

const FROM = /^(import|export) (\{ [\w, ]+ \}) from '(\.\/[\w-]+\.js)';$/gm;
const EXPORT = /^export (?=(?:async )?function |class |const )/gm;

/** Text of the SDK's own, which is left alone; or spaces around what needs none. */
const TEXT_OR_SPACES = /('(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`)| *([=(){},:?&|<>]+) */g;

/**
 * The modules of the SDK as the one that browsers load: each once, behind those that it imports. Their top-level names must differ, and no
 * import may rename: a browser, or the test that loads the result, would say so with a SyntaxError.
 */
export async function joinModules(entry: URL): Promise<string> {
  const seen = new Set<string>();
  const parts: string[] = [];
  const add = async (file: URL): Promise<void> => {
    if (seen.has(file.href)) return;
    seen.add(file.href);
    const source = await readFile(file, 'utf8');
    for (const [, , , path = ''] of source.matchAll(FROM)) await add(new URL(path, file));
    const own = file.href === entry.href ? source : source.replace(EXPORT, '');
    const joined = own.replace(FROM, (_, kind: string, names: string) => (kind === 'export' ? `export ${names};` : ''));
    parts.push(squeezed(joined));
  };
  await add(entry);
  return parts.join('');
}

/**
 * Without the spaces that are there for people, which count in the size. The SDK has no template literal over lines, and no regular
 * expression with quotes or spaces: its line ends stay, so that no statement runs into the next.
 */
function squeezed(source: string): string {
  return source
    .replace(/^\s+/gm, '')
    .replace(TEXT_OR_SPACES, (_, text?: string, signs?: string) => text ?? signs ?? '');
}
