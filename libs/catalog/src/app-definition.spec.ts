import { describe, expect, it } from 'vitest';
import { defineApp, findOperation } from './app-definition.js';
import type { AppDefinition } from './app-definition.js';
import { DocumentError } from './document-error.js';
import { parseDocument } from './document.js';
import { inputFields } from './input-fields.js';
import { buildRequest, checkInputs } from './request.js';

const CRM = `
openapi: 3.1.0
info:
  title: Acme CRM
  version: "2024-10"
  description: Contacts and lists.
x-gatehouse:
  key: acme-crm
  image: /logo.png
  categories: [crm, sales]
  scopes: [contacts.read, contacts.write]
  revocation_url: https://auth.acme.test/oauth/revoke
  identity: { operationId: getMe, id: id, title: email }
servers:
  - url: https://{region}.acme.test/v2/
    variables: { region: { default: eu } }
security: [{ oauth: [contacts.read] }]
paths:
  /me:
    get:
      operationId: getMe
      x-gatehouse: { hidden: true }
      responses: { "200": { description: The account } }
  /lists:
    get:
      operationId: listLists
      summary: List lists
      responses: { "200": { description: Lists } }
  /contacts:
    get:
      operationId: findContact
      summary: Find contact
      x-gatehouse: { type: SEARCH }
      parameters:
        - { name: email, in: query, required: true, schema: { type: string, format: email } }
        - { name: limit, in: query, schema: { type: integer, default: 10 } }
      responses: { "200": { description: Contacts } }
    post:
      operationId: createContact
      summary: Create contact
      description: Adds a person to a list.
      parameters:
        - { name: Idempotency-Key, in: header, schema: { type: string } }
      requestBody:
        required: true
        content:
          application/json:
            schema: { $ref: "#/components/schemas/NewContact" }
      responses: { "201": { description: The contact } }
  /contacts/{id}:
    parameters: [{ $ref: "#/components/parameters/contactId" }]
    delete:
      responses: { "204": { description: Gone } }
  /exports:
    post:
      operationId: exportContacts
      x-gatehouse:
        poll: { operationId: getExport, parameters: { id: /id }, until: { path: /state, equals: done }, interval_seconds: 2 }
      responses: { "202": { description: Started } }
  /exports/{id}:
    get:
      operationId: getExport
      x-gatehouse: { hidden: true }
      parameters: [{ name: id, in: path, required: true, schema: { type: string } }]
      responses: { "200": { description: State } }
components:
  parameters:
    contactId: { name: id, in: path, required: true, schema: { type: integer, format: int64 } }
  schemas:
    Person:
      type: object
      required: [email]
      properties:
        id: { type: integer, readOnly: true }
        email: { type: string, format: email, description: Where to write to, examples: [ada@acme.test] }
        born: { type: [string, "null"], format: date-time }
    NewContact:
      allOf:
        - { $ref: "#/components/schemas/Person" }
        - type: object
          required: [list_id]
          properties:
            list_id:
              type: integer
              title: List
              x-gatehouse: { choices: { operationId: listLists, items: data, value: id, label: name } }
            status: { type: string, enum: [lead, customer], default: lead }
            note: { type: string, maxLength: 4000 }
            subscribed: { type: boolean }
            manager: { $ref: "#/components/schemas/NewContact" }
  securitySchemes:
    oauth:
      type: oauth2
      flows:
        authorizationCode:
          authorizationUrl: https://auth.acme.test/oauth/authorize
          tokenUrl: /oauth/token
          scopes: { contacts.read: Read contacts, contacts.write: Change contacts, admin: Everything }
`;

const crm = async () => defineApp(await parseDocument(CRM));

async function app(changes: object) {
  const document = {
    openapi: '3.0.3',
    info: { title: 'My App', version: '1' },
    servers: [{ url: 'https://a.test' }],
    paths: {},
  };
  return defineApp(await parseDocument(JSON.stringify({ ...document, ...changes })));
}

describe('a realistic CRM document', () => {
  it('says what the app is and how it is connected', async () => {
    const { actions: _, operations: __, outputs: ___, ...about } = await crm();
    expect(about).toEqual({
      actionTypes: ['READ', 'SEARCH', 'WRITE'],
      skipped: [],
      key: 'acme-crm',
      title: 'Acme CRM',
      description: 'Contacts and lists.',
      image: 'https://eu.acme.test/logo.png',
      categories: ['crm', 'sales'],
      serverUrl: 'https://eu.acme.test/v2',
      identity: { operationId: 'getMe', id: 'id', title: 'email' },
      security: {
        kind: 'oauth2',
        authorizationUrl: 'https://auth.acme.test/oauth/authorize',
        tokenUrl: 'https://eu.acme.test/oauth/token',
        revocationUrl: 'https://auth.acme.test/oauth/revoke',
        scopes: [
          { name: 'contacts.read', description: 'Read contacts' },
          { name: 'contacts.write', description: 'Change contacts' },
          { name: 'admin', description: 'Everything' },
        ],
        requestedScopes: ['contacts.read', 'contacts.write'],
      },
    });
  });

  it('offers its visible operations as actions and keeps the hidden ones', async () => {
    const { actions, operations } = await crm();
    expect(actions.map(({ key, type, title }) => [key, type, title])).toEqual([
      ['listLists', 'READ', 'List lists'],
      ['findContact', 'SEARCH', 'Find contact'],
      ['createContact', 'WRITE', 'Create contact'],
      ['delete_contacts_id', 'WRITE', 'Delete contacts id'],
      ['exportContacts', 'WRITE', 'Export contacts'],
    ]);
    expect(Object.keys(operations)).toEqual(expect.arrayContaining(['getMe', 'getExport']));
    expect(operations['exportContacts']?.poll).toMatchObject({ operationId: 'getExport', interval_seconds: 2 });
  });

  it('asks for what the body needs, merged from its parts', async () => {
    const operation = findOperation(await crm(), 'createContact');
    const fields = operation ? inputFields(operation) : [];
    expect(fields.map(({ id, required, valueType, format }) => [id, required, valueType, format])).toEqual([
      ['email', true, 'STRING', undefined],
      ['born', false, 'STRING', 'DATETIME'],
      ['list_id', true, 'INTEGER', 'SELECT'],
      ['status', false, 'STRING', 'SELECT'],
      ['note', false, 'STRING', 'MULTILINE'],
      ['subscribed', false, 'BOOLEAN', 'SELECT'],
      ['manager', false, 'OBJECT', undefined],
    ]);
    expect(operation?.idempotencyHeader).toBe('Idempotency-Key');
    expect(fields.find(({ id }) => id === 'list_id')?.choices).toEqual({
      kind: 'live',
      operationId: 'listLists',
      items: 'data',
      value: 'id',
      label: 'name',
    });
  });

  it('gives requests after it has been stored as JSON', async () => {
    const stored: AppDefinition = JSON.parse(JSON.stringify(await crm()));
    expect(stored).toEqual(await crm());
    const operation = stored.operations['createContact'];
    if (!operation) throw new Error('missing');
    const inputs = { email: 'ada@acme.test', list_id: '5', subscribed: 'True' };
    expect(checkInputs(operation, inputs)).toEqual([]);
    expect(buildRequest(operation, inputs, stored.serverUrl)).toEqual({
      method: 'POST',
      url: 'https://eu.acme.test/v2/contacts',
      headers: { accept: 'application/json', 'content-type': 'application/json' },
      body: '{"email":"ada@acme.test","list_id":5,"subscribed":true}',
    });
  });
});

describe('the key of an app', () => {
  it.each([
    ['Acme CRM', 'acme-crm'],
    ['  Café & Co. ', 'cafe-co'],
    ['a'.repeat(200), 'a'.repeat(64)],
  ])('is a slug of the title %j', async (title, key) => {
    expect((await app({ info: { title, version: '1' } })).key).toBe(key);
  });

  it.each([{ 'x-gatehouse': { key: 'k_1' } }, { info: { title: 'T', version: '1', 'x-gatehouse': { key: 'k_1' } } }])(
    'is the one that the document sets',
    async (changes) => {
      expect((await app(changes)).key).toBe('k_1');
    },
  );

  it.each(['', 'UPPER', '-a', 'a b', 'a/b', '__proto__', 'a'.repeat(65)])('is refused when it is %j', async (key) => {
    await expect(app({ 'x-gatehouse': { key } })).rejects.toThrow(DocumentError);
  });

  it('is asked for when the title gives none', async () => {
    await expect(app({ info: { title: '日本', version: '1' } })).rejects.toThrow(/Set "x-gatehouse.key"/);
  });
});

describe('an extension that is not as the contract has it is refused', () => {
  it.each<[string, object, RegExp]>([
    ['x-gatehouse', { 'x-gatehouse': 'x' }, /must be an object/],
    ['categories', { 'x-gatehouse': { categories: 'crm' } }, /list of texts/],
    ['image', { 'x-gatehouse': { image: 'data:image/png,x' } }, /not an http/],
    ['identity', { 'x-gatehouse': { identity: { operationId: 'nope' } } }, /no operation "nope"/],
    ['identity without an operation', { 'x-gatehouse': { identity: { id: 'id' } } }, /must name an "operationId"/],
  ])('%s', async (_, changes, sentence) => {
    await expect(app(changes)).rejects.toThrow(sentence);
  });
});

it('an operation is never found by what every object inherits', async () => {
  const definition = await crm();
  for (const key of ['constructor', '__proto__', 'toString']) expect(findOperation(definition, key)).toBeUndefined();
});
