import { readFile } from 'node:fs/promises';

const IMPORT = /^import (\{ [\w, ]+ \}) from '(\.\/[\w-]+\.js)';$/gm;
const EXPORT = /^export ((?:async )?function\*?|class|const) (\w+)/gm;

/**
 * The modules of the console as one script: each once, in a scope of its own, behind those that it imports. No import may rename, and nothing
 * is exported in any other way than where it is declared. Only what stands before a line goes: no text of the console has a line end in it.
 */
export async function joinConsole(entry: URL): Promise<string> {
  const names = new Map<string, string>();
  const parts: string[] = [];
  const add = async (file: URL): Promise<void> => {
    if (names.has(file.href)) return;
    const name = `m${names.size}`;
    names.set(file.href, name);
    const source = await readFile(file, 'utf8');
    for (const [, , path = ''] of source.matchAll(IMPORT)) await add(new URL(path, file));
    const exported = [...source.matchAll(EXPORT)].map(([, , exportedName]) => exportedName);
    const own = source
      .replace(
        IMPORT,
        (_, imported: string, path: string) => `const ${imported} = ${names.get(new URL(path, file).href)};`,
      )
      .replace(EXPORT, '$1 $2');
    parts.push(`const ${name} = (() => {\n${own}\nreturn { ${exported.join(', ')} };\n})();\n`);
  };
  await add(entry);
  return parts.join('').replaceAll(/^\s+/gm, '');
}
