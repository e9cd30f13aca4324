import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Asset {
  type: string;
  content: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The page's files by name, read once. They are served as they are in the repository, from `src` and from `dist` alike. */
export function loadAssets(): Map<string, Asset> {
  const folder = pageFolder(dirname(fileURLToPath(import.meta.url)));
  return new Map(
    readdirSync(folder).map((name) => {
      const type = types[extname(name)] ?? 'application/octet-stream';
      return [name, { type, content: readFileSync(join(folder, name)) }];
    }),
  );
}

function pageFolder(from: string): string {
  const folder = join(from, 'apps', 'demo', 'page');
  if (existsSync(join(folder, 'index.html'))) return folder;
  if (dirname(from) === from) throw new Error('The folder apps/demo/page is missing from this installation.');
  return pageFolder(dirname(from));
}
