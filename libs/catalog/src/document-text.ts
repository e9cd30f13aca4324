import { isMap, isScalar, Lexer, parseDocument as parseYaml, visit } from 'yaml';
import type { Document } from 'yaml';
import { DocumentError } from './document-error.js';
import { repeatedKey } from './repeated-key.js';

/** How often one anchor may be used, nested uses multiplied: more is an alias bomb. */
const MAX_ALIAS_COUNT = 100;
/** What the YAML reader builds for one token takes some 300 bytes: this keeps it below half a gigabyte and three seconds. */
const MAX_TOKENS = 1_500_000;
const MAX_FLOW_DEPTH = 100;
/** Each alias is looked up by a walk over the whole document. */
const MAX_ALIASES = 500;

/** JSON or YAML text to plain data. Throws {@link DocumentError} for anything that is neither. */
export function readText(text: string): unknown {
  const source = text.replace(/^\uFEFF/, '');
  return readJson(source) ?? readYaml(source);
}

function readJson(text: string): unknown {
  if (!/^\s*\{/.test(text)) return undefined;
  const value = parsedJson(text);
  const repeated = value === undefined ? undefined : repeatedKey(text);
  if (repeated !== undefined)
    throw new DocumentError(`The document's JSON has the key "${clipped(repeated)}" twice in one object.`);
  return value;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined; // A YAML flow mapping begins the same way, and the YAML reader names the line of the mistake.
  }
}

function readYaml(text: string): unknown {
  boundTokens(text);
  try {
    const document = parseYaml(text, {
      schema: 'core', // named, because a %YAML 1.1 directive would bring dates, binary and merge keys
      uniqueKeys: false, // the library compares every pair of keys: hours for a wide mapping
      prettyErrors: false, // quotes the text for each error: quadratic too
      logLevel: 'error', // 'silent' would also keep quiet about a second document
    });
    const [error] = document.errors;
    if (error) throw new DocumentError(mistake(text, error.message, error.pos[0]));
    refuseDuplicateKeys(document);
    return document.toJS({ maxAliasCount: MAX_ALIAS_COUNT }) as unknown;
  } catch (error) {
    if (error instanceof DocumentError) throw error;
    if (error instanceof RangeError) throw new DocumentError('The document is nested too deeply to be read.');
    const detail = error instanceof Error ? clipped(error.message) : 'unreadable';
    throw new DocumentError(`The document's YAML could not be read: ${detail}`);
  }
}

/** The reader holds the whole text as objects before it reports anything, so its input is measured first. */
function boundTokens(text: string): void {
  let tokens = 0;
  let aliases = 0;
  let depth = 0;
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (token === '[' || token === '{') depth += 1;
    if (token === ']' || token === '}') depth -= 1;
    if (token.startsWith('*')) aliases += 1;
    if (aliases > MAX_ALIASES) throw new DocumentError(`The document uses more than ${MAX_ALIASES} YAML aliases.`);
    if (depth > MAX_FLOW_DEPTH)
      throw new DocumentError(`The document is nested more than ${MAX_FLOW_DEPTH} levels deep.`);
    if (tokens > MAX_TOKENS) throw new DocumentError('The document is too large to be read as YAML. Send it as JSON.');
  }
}

function refuseDuplicateKeys(document: Document): void {
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of isMap(map) ? map.items : []) {
        const name = isScalar(key) ? key.value : key;
        if (seen.has(name)) {
          throw new DocumentError(`The document's YAML has the key "${clipped(String(name))}" twice in one mapping.`);
        }
        seen.add(name);
      }
    },
  });
}

function mistake(text: string, message: string, position: number): string {
  if (message.startsWith('Maximum call stack')) return 'The document is nested too deeply to be read.';
  const line = text.slice(0, position).split('\n').length;
  return `The document is neither JSON nor YAML: line ${line}: ${clipped(message)}`;
}

function clipped(text: string): string {
  return text.split('\n', 1)[0]?.slice(0, 200) ?? '';
}
