import { isDeepStrictEqual } from 'node:util';
import {
  buildRequest,
  checkInputs,
  findOperation,
  inputFields,
  toWireInputField,
  type AppRequest,
  type DefinedApp,
  type OperationDefinition,
} from '#libs/catalog';
import { DocumentSchemas } from './document-schemas.js';
import { RawDocument, type Json } from './raw-document.js';
import { sampleValue } from './sample-value.js';
import { grouped, partsOf, sentIn } from './sent-request.js';

type Input = OperationDefinition['inputs'][number];

export interface Checked {
  actions: number;
  inputs: number;
  /** What is wrong with our fields or requests: there must be none. */
  wrong: string[];
  /** Required inputs for which the sampler of these tests knows no value: nothing is said of their actions' requests. */
  unsampled: string[];
  /** Samples that are refused, and rightly: their members are right one by one, and not together. */
  refused: string[];
  /** Bodies that are sent and do not fit: what is wrong is not among what is checked. */
  misfit: string[];
}

/** Every action of an app: its fields are made, a request is built from sample inputs, and read back against the document. */
export class DocumentCheck {
  readonly #raw: RawDocument;
  readonly #schemas: DocumentSchemas;
  readonly #checked: Checked = { actions: 0, inputs: 0, wrong: [], unsampled: [], refused: [], misfit: [] };

  constructor(
    document: Json,
    private readonly app: DefinedApp,
  ) {
    this.#raw = new RawDocument(document);
    this.#schemas = new DocumentSchemas(this.#raw);
  }

  run(): Checked {
    for (const { key } of this.app.actions) {
      const operation = findOperation(this.app, key);
      if (!operation) throw new Error(`The action ${key} has no operation.`);
      this.#checked.actions += 1;
      this.#checked.inputs += operation.inputs.length;
      this.#fields(operation);
      this.#requests(operation);
    }
    return this.#checked;
  }

  #fields(operation: OperationDefinition): void {
    const fields = inputFields(operation).map(toWireInputField);
    const ids = new Set(fields.map(({ id }) => id));
    const isWhole = fields.every(({ id, title, value_type: type }) => id !== '' && title !== '' && type !== undefined);
    if (ids.size !== fields.length || !isWhole) this.#checked.wrong.push(`${operation.key}: its fields`);
  }

  /** Once with what is required, whose body must fit as a whole, and once with all that has a sample. */
  #requests(operation: OperationDefinition): void {
    const samples = new Map(operation.inputs.map((input) => [input, this.#sample(operation, input)]));
    const lacking = operation.inputs.find((input) => input.isRequired && samples.get(input) === undefined);
    if (lacking) {
      this.#checked.unsampled.push(`${operation.key}: ${lacking.id}`);
      return;
    }
    const known = operation.inputs.filter((input) => samples.get(input) !== undefined);
    const required = known.filter(({ isRequired }) => isRequired);
    const least = this.#request(operation, required, samples);
    this.#request(operation, known, samples);
    if (
      least?.body !== undefined &&
      operation.body?.encoding === 'json' &&
      !this.#fits(operation, JSON.parse(String(least.body)))
    )
      this.#checked.misfit.push(operation.key);
  }

  #request(operation: OperationDefinition, inputs: Input[], samples: Map<Input, unknown>): AppRequest | undefined {
    const values = Object.fromEntries(inputs.map((input) => [input.id, samples.get(input)]));
    const inBody = inputs.filter((input) => input.in === 'body');
    const members = Object.fromEntries(inBody.map((input) => [input.name, samples.get(input)]));
    const problems = checkInputs(operation, values);
    if (problems.every(({ pointer }) => pointer === '') && problems.length > 0 && !this.#fits(operation, members)) {
      this.#checked.refused.push(...problems.map(({ detail }) => `${operation.key}: ${detail}`));
      return undefined;
    }
    if (problems.length > 0) {
      this.#checked.wrong.push(...problems.map(({ id, detail }) => `${operation.key}: ${id} ${detail}`));
      return undefined;
    }
    const request = buildRequest(operation, values, operation.serverUrl);
    const lost = inputs.filter((input) => !arrives(request, operation, input, samples.get(input)));
    this.#checked.wrong.push(...lost.map(({ id }) => `${operation.key}: ${id} does not arrive`));
    return request;
  }

  /** Undefined where the sampler's value is none that the schema permits, and for an empty text, which means "not given". */
  #sample(operation: OperationDefinition, input: Input): unknown {
    const schema = this.#schemaOf(operation, input);
    const value = sampleValue(this.#raw, schema);
    return value !== '' && this.#schemas.permits(schema, value) ? value : undefined;
  }

  #schemaOf({ path, method, body }: OperationDefinition, input: Input): unknown {
    if (input.in !== 'body') {
      const { schema, content } = this.#raw.parameter(path, method, input.in, input.name);
      return schema ?? (Object.values((content ?? {}) as Json)[0] as Json | undefined)?.schema ?? {};
    }
    const schema = this.#raw.bodySchema(path, method, body?.contentType ?? '');
    if (body?.layout === 'whole') return schema ?? {};
    return this.#memberOf(schema, input.name);
  }

  /** Also of a body that is one thing or null. */
  #memberOf(schema: unknown, name: string): unknown {
    const { anyOf, oneOf } = this.#raw.resolve(schema);
    const branches = [...((anyOf ?? []) as unknown[]), ...((oneOf ?? []) as unknown[])];
    return [schema, ...branches].map((node) => this.#raw.members(node)[name]).find((node) => node !== undefined) ?? {};
  }

  #fits({ path, method, body }: OperationDefinition, value: unknown): boolean {
    return this.#schemas.permits(this.#raw.bodySchema(path, method, body?.contentType ?? '') ?? {}, value);
  }
}

function arrives(request: AppRequest, operation: OperationDefinition, input: Input, value: unknown): boolean {
  if (input.in === 'body') return arrivesInBody(request.body ?? '', operation, input, value);
  const found = sentIn(request, operation)[input.in].get(input.name);
  if (input.style === 'json') return isDeepStrictEqual(JSON.parse(found?.[0] ?? 'null'), value);
  if (typeof value === 'object') return true; // How lists and objects are written is the unit tests' subject.
  return found?.length === 1 && found[0] === textOf(value);
}

function arrivesInBody(
  body: string | Buffer,
  operation: OperationDefinition,
  { name }: Input,
  value: unknown,
): boolean {
  if (operation.body?.encoding === 'json') {
    const sent = JSON.parse(String(body)) as Json;
    return isDeepStrictEqual(operation.body.layout === 'whole' ? sent : sent[name], value);
  }
  const sent = typeof body === 'string' ? grouped(new URLSearchParams(body)) : partsOf(body);
  return typeof value === 'object' || sent.get(name)?.[0] === textOf(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
