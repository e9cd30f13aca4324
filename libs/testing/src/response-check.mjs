import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const require = createRequire(import.meta.url);
const FILE = join(import.meta.dirname, '..', '..', '..', 'docs', 'openapi.json');
const ID = 'https://gatehouse.test/openapi.json';
/** The document, once an answer has come that is to be held to it. */
let held;
/** As `servedDocument` leaves out. */
const LEFT_OUT = /^\/console(?:\/|$)/;

/**
 * Holds every answer of a Fastify instance to docs/openapi.json: its route, its status, its media type, and each member of a JSON body. A member
 * that the document does not name is wrong too.
 */
export function checkResponses(fastify, report) {
  fastify.addHook('onSend', (request, reply, payload, done) => {
    const fault = faultOf((held ??= readDocument()), request, reply, payload);
    if (fault) report(`${request.method} ${request.routeOptions.url} answered ${reply.statusCode}: ${fault}`);
    done();
  });
}

function faultOf({ paths, validator }, { method, routeOptions }, reply, payload) {
  const { url } = routeOptions;
  if (url === undefined || method === 'OPTIONS' || LEFT_OUT.test(url)) return null;
  const path = url.replaceAll(/:(\w+)/g, '{$1}').replace(/(.)\/$/, '$1');
  const verb = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = paths[path]?.[verb];
  if (!operation) return 'there is no such operation in the document';
  // Link checkers ask with HEAD, and are answered so that nothing is used up.
  if (method === 'HEAD') return null;
  const response = operation.responses[reply.statusCode];
  if (!response) return `the document has no such status. ${shown(payload)}`;
  if (payload === undefined || payload === null || payload === '') return null;
  const type = String(reply.getHeader('content-type') ?? '').split(';')[0];
  const media = (response.content ?? {})[type];
  if (!media) return `the document has no body of the type "${type}" there. ${shown(payload)}`;
  if (!media.schema || typeof payload !== 'string') return null;
  const validate = validator(path, verb, reply.statusCode, type);
  if (validate(JSON.parse(payload))) return null;
  return validate.errors
    .slice(0, 3)
    .map(({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`)
    .join('; ');
}

function shown(payload) {
  return typeof payload === 'string' ? payload.slice(0, 300) : '';
}

function readDocument() {
  const document = JSON.parse(readFileSync(FILE, 'utf8'));
  for (const operation of Object.values(document.paths).flatMap((methods) => Object.values(methods)))
    for (const [status, { $ref }] of Object.entries(operation.responses))
      if ($ref) operation.responses[status] = document.components.responses[$ref.split('/').at(-1)];
  close(document);
  // Most processes that load this answer nothing: they need not wait for it.
  const { Ajv2020 } = require('ajv/dist/2020.js');
  const ajv = new Ajv2020({ strict: false });
  require('ajv-formats').default(ajv);
  ajv.addSchema({ ...document, $id: ID });
  const compiled = new Map();
  const validator = (path, verb, status, type) => {
    const parts = ['paths', path, verb, 'responses', String(status), 'content', type, 'schema'];
    const pointer = parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/');
    if (!compiled.has(pointer)) compiled.set(pointer, ajv.compile({ $ref: `${ID}#/${pointer}` }));
    return compiled.get(pointer);
  };
  return { paths: document.paths, validator };
}

/** The document lets an answer grow. What we answer today it has to name. */
function close(value) {
  if (typeof value !== 'object' || value === null) return;
  if (value.properties && value.additionalProperties === undefined) value.additionalProperties = false;
  for (const part of Object.values(value)) close(part);
}
