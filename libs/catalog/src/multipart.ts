import { sha256 } from '#libs/crypto';
import { isJsonObject, objectMember, ownMember, textMember } from './json.js';
import type { JsonObject } from './json.js';
import { jsonText } from './json-text.js';

/** How an input becomes a part of a multipart body. A list becomes a part for each item. */
export interface PartDefinition {
  readonly kind: 'text' | 'file';
  /** As the document's `encoding` has it; a file may say its own. */
  readonly contentType?: string;
}

interface File {
  readonly data: Buffer;
  readonly contentType?: string;
  readonly name: string;
}

export interface PartValue {
  readonly name: string;
  readonly part: PartDefinition;
  readonly value: unknown;
}

const FILE_NAME = 'file';
const FILE_TYPE = 'application/octet-stream';
/** RFC 9110 §8.3.1, of a single type: `encoding` may also list several, or a range. */
const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:; ?[\w-]+=[\w.-]+)*$/;
const DATA_URL = /^data:([^;,]*)((?:;[^;,]*)*?);base64,/;

/**
 * A file is what OpenAPI 3.0 calls `format: binary`, and 3.1 a text of a `contentMediaType` without a `contentEncoding`
 * (https://spec.openapis.org/oas/v3.1.1#considerations-for-file-uploads).
 */
export function readPart(mediaType: JsonObject, name: string, schema: JsonObject): PartDefinition {
  const items = objectMember(schema, 'items');
  const named = textMember(objectMember(objectMember(mediaType, 'encoding'), name), 'contentType');
  const contentType = named ?? textMember(schema, 'contentMediaType') ?? textMember(items, 'contentMediaType');
  return {
    kind: isFile(schema) || isFile(items) ? 'file' : 'text',
    ...(contentType !== undefined && MEDIA_TYPE.test(contentType) && { contentType }),
  };
}

function isFile(schema: JsonObject): boolean {
  if (textMember(schema, 'format') === 'binary') return true;
  const isMedia = textMember(schema, 'contentMediaType') !== undefined;
  return isMedia && ownMember(schema, 'contentEncoding') === undefined;
}

/** What is wrong with the value of a file, as a sentence without its subject. */
export function fileProblem(value: unknown): string | undefined {
  const isRight = [value].flat().every((text) => typeof text === 'string' && readFile(text) !== undefined);
  return isRight
    ? undefined
    : 'must be a file: its data in base64, or as a data: URL. It is not fetched from elsewhere';
}

/**
 * RFC 7578. The boundary is made of the parts: the same inputs make the same request again, and nobody can write a part that
 * holds its own boundary.
 */
export function multipartBody(values: readonly PartValue[]): { body: Buffer; contentType: string } {
  const parts = values.flatMap(({ name, part, value }) =>
    (Array.isArray(value) ? (value as unknown[]) : [value]).map((item) => written(name, part, item)),
  );
  const boundary = sha256(Buffer.concat(parts)).toString('hex');
  const framed = parts.flatMap((part) => [Buffer.from(`--${boundary}\r\n`), part, Buffer.from('\r\n')]);
  const body = Buffer.concat([...framed, Buffer.from(`--${boundary}--\r\n`)]);
  return { body, contentType: `multipart/form-data; boundary=${boundary}` };
}

function written(name: string, { kind, contentType }: PartDefinition, value: unknown): Buffer {
  const file = kind === 'file' && typeof value === 'string' ? readFile(value) : undefined;
  if (file) {
    const type = file.contentType ?? contentType ?? FILE_TYPE;
    const header = `content-disposition: form-data; name="${quoted(name)}"; filename="${quoted(file.name)}"`;
    return Buffer.concat([Buffer.from(`${header}\r\ncontent-type: ${type}\r\n\r\n`), file.data]);
  }
  const isJson = isJsonObject(value) || Array.isArray(value);
  const type = contentType ?? (isJson ? 'application/json' : undefined);
  const header = `content-disposition: form-data; name="${quoted(name)}"`;
  const text = typeof value === 'string' ? value : jsonText(value);
  return Buffer.from(`${header}${type === undefined ? '' : `\r\ncontent-type: ${type}`}\r\n\r\n${text}`);
}

/** As browsers write it (https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data). */
function quoted(name: string): string {
  return name.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** Base64 text, or a data: URL of it (RFC 2397), whose parameter `name` is the file's name. */
function readFile(text: string): File | undefined {
  const [head = '', contentType = '', parameters = ''] = DATA_URL.exec(text.slice(0, 1_000)) ?? [];
  const base64 = text.slice(head.length);
  if (base64.length % 4 !== 0 || !/^[A-Za-z\d+/]*={0,2}$/.test(base64)) return undefined;
  const name = /;name=([^;]+)/.exec(parameters)?.[1];
  return {
    data: Buffer.from(base64, 'base64'),
    name: name === undefined ? FILE_NAME : decoded(name),
    ...(MEDIA_TYPE.test(contentType) && { contentType }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
