import { stages } from './contact.js';

const problem = { type: 'object', properties: { message: { type: 'string', title: 'What is wrong' } } };

const listChoices = { choices: { operationId: 'listLists', items: 'lists', value: 'id', label: 'name' } };

const listId = { type: 'string', title: 'List', 'x-gatehouse': listChoices };

const contactFields = {
  email: { type: 'string', format: 'email', title: 'E-mail', description: 'Where to reach this person.' },
  first_name: { type: 'string', title: 'First name', description: 'As they call themselves.', maxLength: 100 },
  last_name: { type: 'string', title: 'Last name', description: 'Family name, if you know it.', maxLength: 100 },
  list_id: { ...listId, description: 'The list that the contact is put on.' },
  stage: {
    type: 'string',
    enum: stages,
    default: 'lead',
    title: 'Stage',
    description: 'How far the conversation has come.',
  },
  vip: { type: 'boolean', default: false, title: 'VIP', description: 'Mark as somebody to look after.' },
  notes: {
    type: 'string',
    title: 'Notes',
    description: 'Anything worth remembering.',
    maxLength: 4000,
  },
};

const contact = {
  type: 'object',
  properties: {
    id: { type: 'string', title: 'Contact ID' },
    ...contactFields,
    created_at: { type: 'string', format: 'date-time', title: 'Created' },
    created_by: { type: 'string', title: 'Created by' },
    created_with: { type: 'string', title: 'Created with' },
  },
};

export const contactPaths = {
  '/api/contacts': {
    post: {
      operationId: 'create_contact',
      summary: 'Create contact',
      description: 'Adds a person to one of your lists.',
      security: [{ account: ['contacts:write'] }],
      requestBody: json({ type: 'object', required: ['email', 'list_id'], properties: contactFields }),
      responses: {
        201: { description: 'The new contact', ...json(contact) },
        400: { description: 'Refused', ...json(problem) },
      },
    },
    get: {
      operationId: 'find_contacts',
      summary: 'Find contacts',
      description: 'Looks for people by name or e-mail, newest first.',
      security: [{ account: ['contacts:read'] }],
      parameters: [
        query(
          'query',
          { type: 'string', title: 'Search for' },
          'Part of a name or an e-mail address; empty finds everybody.',
        ),
        query(
          'limit',
          { type: 'integer', minimum: 1, maximum: 100, default: 25, title: 'At most' },
          'How many to return.',
        ),
      ],
      responses: ok('Contacts', { type: 'object', properties: { contacts: { type: 'array', items: contact } } }),
    },
  },
};

const finished = {
  type: 'object',
  properties: {
    id: { type: 'string', title: 'Export ID' },
    status: { type: 'string', title: 'Status' },
    rows: { type: 'integer', title: 'Rows' },
    format: { type: 'string', title: 'Format' },
    download_url: { type: 'string', format: 'uri', title: 'Download link' },
  },
};

export const exportPaths = {
  '/api/exports': {
    post: {
      operationId: 'export_contacts',
      summary: 'Export contacts',
      description: 'Prepares a file with your contacts. It takes a few seconds.',
      security: [{ account: ['exports:write'] }],
      requestBody: json({
        type: 'object',
        required: ['format'],
        properties: {
          format: {
            type: 'string',
            enum: ['csv', 'json'],
            default: 'csv',
            title: 'Format',
            description: 'The kind of file.',
          },
          list_id: { ...listId, description: 'Only this list; empty exports everybody.' },
        },
      }),
      responses: {
        202: { description: 'Being prepared: ask at Location until it answers 200', ...json(finished) },
        400: { description: 'Refused', ...json(problem) },
      },
    },
  },
  '/api/exports/{id}': {
    get: {
      operationId: 'getExport',
      summary: 'Get export',
      security: [{ account: ['exports:write'] }],
      'x-gatehouse': { hidden: true },
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', title: 'Export ID' } }],
      responses: { ...ok('Ready', finished), 202: { description: 'Still being prepared', ...json(finished) } },
    },
  },
};

export const helperPaths = {
  '/api/me': {
    get: {
      operationId: 'getMe',
      summary: 'Who am I',
      'x-gatehouse': { hidden: true },
      responses: ok('The account', properties('id', 'email', 'name')),
    },
  },
  '/api/lists': {
    get: {
      operationId: 'listLists',
      summary: 'List lists',
      security: [{ account: ['contacts:read'] }],
      'x-gatehouse': { hidden: true },
      responses: ok('Lists', {
        type: 'object',
        properties: { lists: { type: 'array', items: properties('id', 'name') } },
      }),
    },
  },
};

function json(schema: object): { content: object } {
  return { content: { 'application/json': { schema } } };
}

function ok(description: string, schema: object): Record<number, object> {
  return { 200: { description, ...json(schema) } };
}

function query(name: string, schema: object, description: string): object {
  return { name, in: 'query', description, schema };
}

function properties(...names: string[]): object {
  return { type: 'object', properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])) };
}
