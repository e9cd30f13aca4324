import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';

const FILE = join(import.meta.dirname, '..', '..', '..', 'shared', 'zapier-partner-api.yml');
const ID = 'https://api.zapier.com/schema';

type Schema = Record<string, unknown>;
type Operation = { responses?: Record<string, { content?: Record<string, { schema: Schema }> }> };

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { properties: Record<string, Schema>; required?: string[] }> };
}

/**
 * Where the published document contradicts itself. Each is patched by name, and a patch that no longer finds its defect throws: then the
 * document was mended, and the patch must go.
 */
const defects: Record<string, (document: Document) => boolean> = {
  // Its own examples, the guides and working clients have one envelope where the schema says a list of envelopes.
  'a list response is declared as an array of envelopes': ({ paths }) => {
    const media = Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .flatMap(({ responses = {} }) => Object.values(responses))
      .flatMap(({ content = {} }) => Object.values(content));
    const listed = media.filter(({ schema }) => schema.type === 'array');
    for (const one of listed) one.schema = one.schema.items as Schema;
    return listed.length > 0;
  },
  // Its description lists seven values, and the query parameter of the same name six of them.
  'the action_type of an action refers to the enum of its type, which knows "action" alone': ({ components }) => {
    const { properties } = schemaOf(components.schemas, 'Action');
    const wrong = JSON.stringify(properties.action_type).includes('ActionTypeEnum');
    properties.action_type = {
      enum: ['READ', 'READ_BULK', 'WRITE', 'SEARCH', 'SEARCH_OR_WRITE', 'SEARCH_AND_WRITE', 'FILTER'],
    };
    return wrong;
  },
  // Its own example leaves both out where they do not apply, and no format stands for plain text.
  'an input field must have a format and items': ({ components }) => {
    const field = schemaOf(components.schemas, 'InputField');
    const optional = new Set(['format', 'items']);
    const before = field.required ?? [];
    field.required = before.filter((name) => !optional.has(name));
    return field.required.length === before.length - optional.size;
  },
  // Where a list begins and ends there is no such page, and both members are required.
  'the first page of V1 apps must name one before it, and the last one after it': ({ components }) => {
    const { properties } = schemaOf(components.schemas, 'AppsResponse');
    const links = [properties.prev_url, properties.next_url];
    const wrong = links.every((link) => link?.type === 'string');
    for (const link of links) if (link) link.type = ['string', 'null'];
    return wrong;
  },
  // The guides and the root have a list of fields where this one has a single field.
  'the fields of a fieldset are declared as one field': ({ components }) => {
    const { properties } = schemaOf(components.schemas, 'Fieldset');
    const one = properties.fields;
    properties.fields = { type: 'array', items: one };
    return JSON.stringify(one).includes('FieldsetFieldsField');
  },
  // Without this an input field that lacks all its members is valid: as an info field, which only needs an id and a description.
  'the kinds of fields are told apart by a type that may be any text': ({ components }) => {
    const kinds = { InputField: 'input_field', InfoField: 'info_field', Fieldset: 'fieldset' };
    const types = Object.entries(kinds).map(([name, kind]) => {
      const { properties } = schemaOf(components.schemas, name);
      const before = properties.type;
      properties.type = { const: kind };
      return before;
    });
    return types.every((type) => type?.type === 'string' && !('const' in type));
  },
};

export interface PublishedDocument {
  /** What is wrong with a body, in words; none for a valid one. @throws when the document does not declare that answer */
  violations(operation: string, status: number, body: unknown): string[];
  /** The same for a component of the document. */
  componentViolations(name: string, body: unknown): string[];
}

/** The OpenAPI document of the wire format. It is not ours to distribute, so a checkout alone lacks it. */
export function readPublishedDocument(): PublishedDocument | { missing: string } {
  if (!existsSync(FILE)) return { missing: `there is no ${FILE}` };
  const document = parse(readFileSync(FILE, 'utf8')) as Document;
  for (const [name, patch] of Object.entries(defects)) {
    if (!patch(document)) throw new Error(`The published document has no such defect any more: ${name}.`);
  }
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ ...document, $id: ID });
  const check = (path: string[], body: unknown) => {
    const pointer = path.map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1')).map(encodeURIComponent);
    const validate = ajv.compile({ $ref: `${ID}#/${pointer.join('/')}` });
    void validate(body);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
  return {
    violations: (operation, status, body) => {
      const [method = '', path = ''] = operation.split(' ');
      const declared = document.paths[path]?.[method.toLowerCase()]?.responses?.[status];
      if (!declared?.content) throw new Error(`${operation} declares no body for ${status}.`);
      const schema = ['paths', path, method.toLowerCase(), 'responses', String(status), 'content', 'application/json'];
      return check([...schema, 'schema'], body);
    },
    componentViolations: (name, body) => check(['components', 'schemas', name], body),
  };
}

function schemaOf(schemas: Document['components']['schemas'], name: string) {
  const schema = schemas[name];
  if (!schema) throw new Error(`The document has no schema ${name}.`);
  return schema;
}
