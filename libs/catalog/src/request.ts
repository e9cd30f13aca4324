import type { BodyDefinition } from './body.js';
import type { InputLocation } from './input-definition.js';
import { InputError } from './input-error.js';
import type { InputProblem } from './input-error.js';
import type { OperationDefinition } from './operation.js';
import type { HttpMethod } from './operation-site.js';
import { multipartBody, type PartValue } from './multipart.js';
import { expandTemplate, isDotSegment } from './path-template.js';
import { readInputs } from './read-inputs.js';
import type { InputValue } from './read-inputs.js';
import { jsonText } from './json-text.js';
import { formPairs, simpleText } from './serialisation.js';

export interface AppRequest {
  readonly method: HttpMethod;
  /** Absolute http(s). */
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string | Buffer;
}

/** What is wrong with the inputs, by input id: missing, of the wrong type, not permitted, unknown. Empty when a request can be built. */
export function checkInputs(operation: OperationDefinition, inputs: Record<string, unknown>): InputProblem[] {
  return readInputs(operation, inputs).problems;
}

/**
 * The request of an operation, without credentials. `serverUrl` (the tenant's, or `operation.serverUrl`) decides the host and
 * the path's beginning, and nothing in the inputs can change either. Throws {@link InputError} for inputs that
 * {@link checkInputs} would have refused, an unsupported operation, or a server URL that is none.
 */
export function buildRequest(
  operation: OperationDefinition,
  inputs: Record<string, unknown>,
  serverUrl: string,
): AppRequest {
  if (operation.unsupported !== undefined) throw new InputError(operation.unsupported);
  const { values, problems } = readInputs(operation, inputs);
  if (problems.length > 0) throw new InputError('The inputs do not make a request.', problems);
  const body = requestBody(operation, at(values, 'body'));
  return {
    method: operation.method,
    url: requestUrl(operation, values, serverUrl),
    headers: requestHeaders(values, body?.contentType),
    ...(body && { body: body.body }),
  };
}

function requestHeaders(values: readonly InputValue[], contentType: string | undefined): Record<string, string> {
  const headers: [string, string][] = [['accept', 'application/json']];
  if (contentType !== undefined) headers.push(['content-type', contentType]);
  for (const { input, value } of at(values, 'header')) headers.push([input.name, text(input, value, (part) => part)]);
  return Object.fromEntries(headers);
}

function requestUrl(operation: OperationDefinition, values: readonly InputValue[], serverUrl: string): string {
  const pathValues = at(values, 'path').map(
    ({ input, value }) => [input.name, text(input, value, encodeURIComponent)] as const,
  );
  const path = expandTemplate(operation.path, new Map(pathValues));
  const query = at(values, 'query').flatMap(({ input, value }) =>
    formPairs(input.name, value, input.style, input.explode),
  );
  const base = URL.canParse(serverUrl) ? new URL(serverUrl) : undefined;
  const isHttp = base?.protocol === 'https:' || base?.protocol === 'http:';
  if (!base || !isHttp || /[?#]/.test(serverUrl) || base.username || base.password) {
    throw new InputError('The server URL is not a plain http or https URL.');
  }
  const root = base.origin + base.pathname.replace(/\/+$/, '');
  const url = new URL(root + path + (query.length > 0 ? `?${query.join('&')}` : ''));
  // Two values side by side in one segment can make a ".." that neither is alone.
  if (path.split('/').some(isDotSegment) || url.origin !== base.origin || !url.href.startsWith(`${root}/`)) {
    throw new InputError('The inputs would lead the request out of its path.');
  }
  return url.href;
}

interface RequestBody {
  readonly body: string | Buffer;
  readonly contentType: string;
}

function requestBody({ body }: OperationDefinition, values: readonly InputValue[]): RequestBody | undefined {
  if (!body || (values.length === 0 && !body.isRequired)) return undefined;
  if (body.encoding === 'multipart') return multipartBody(values.map(partValue));
  const written = body.encoding === 'urlencoded' ? formText(values) : jsonBody(body, values);
  return { body: written, contentType: body.contentType };
}

function partValue({ input, value }: InputValue): PartValue {
  return { name: input.name, part: input.part ?? { kind: 'text' }, value };
}

function formText(values: readonly InputValue[]): string {
  return values.flatMap(({ input, value }) => formPairs(input.name, value, input.style, input.explode)).join('&');
}

function jsonBody({ layout }: BodyDefinition, values: readonly InputValue[]): string {
  if (layout === 'whole') return jsonText(values[0]?.value);
  return `{${values.map(({ input, value }) => `${JSON.stringify(input.name)}:${jsonText(value)}`).join(',')}}`;
}

function at(values: readonly InputValue[], location: InputLocation): InputValue[] {
  return values.filter(({ input }) => input.in === location);
}

function text({ style, explode }: InputValue['input'], value: unknown, encode: (part: string) => string): string {
  return simpleText(value, style, explode, encode);
}
