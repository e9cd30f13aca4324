import { describe, expect, it } from 'vitest';
import { defineApp } from './app-definition.js';
import type { OperationDefinition } from './operation.js';
import { buildRequest, checkInputs } from './request.js';

function operationOf(schema: object, encoding: object): OperationDefinition {
  const requestBody = { required: true, content: { 'multipart/form-data': { schema, encoding } } };
  const operation = defineApp({
    openapi: '3.1.0',
    info: { title: 'T', version: '1' },
    servers: [{ url: 'https://api.test' }],
    paths: { '/a': { post: { operationId: 'op', requestBody } } },
  }).operations['op'];
  if (!operation) throw new Error('no operation');
  return operation;
}

const send = (operation: OperationDefinition, inputs: Record<string, unknown>) =>
  buildRequest(operation, inputs, operation.serverUrl);

describe('a multipart body', () => {
  const schema = {
    type: 'object',
    required: ['photo'],
    properties: {
      photo: { type: 'string', format: 'binary' },
      'ti"tle': { type: 'string' },
      size: { type: 'integer' },
      tags: { type: 'array', items: { type: 'string' } },
      about: { type: 'object' },
      pages: { type: 'array', items: { contentMediaType: 'image/png', type: 'string' } },
    },
  };
  const operation = operationOf(schema, { photo: { contentType: 'image/jpeg' } });
  const data = Buffer.from([0, 255, 13, 10, 45, 45]);
  const read = async (inputs: Record<string, unknown>) => {
    const { headers, body } = send(operation, inputs);
    return new Response(body as Buffer<ArrayBuffer>, { headers }).formData();
  };

  it('has a part for each input, and one for each item of a list', async () => {
    const inputs = {
      photo: data.toString('base64'),
      'ti"tle': 'Grüße\r\n--',
      size: '5',
      tags: ['a', 'b'],
      about: { a: 1 },
    };
    const form = await read(inputs);
    const photo = form.get('photo') as File;
    expect([photo.name, photo.type, Buffer.from(await photo.arrayBuffer())]).toEqual(['file', 'image/jpeg', data]);
    expect([form.get('ti"tle'), form.get('size'), form.getAll('tags')]).toEqual(['Grüße\r\n--', '5', ['a', 'b']]);
    const { body } = send(operation, inputs);
    expect(String(body)).toContain('name="about"\r\ncontent-type: application/json\r\n\r\n{"a":1}\r\n');
    expect(send(operation, inputs)).toEqual(send(operation, inputs));
  });

  it('names a file and its type as the data: URL does', async () => {
    const photo = `data:text/plain;name=a%20%22b%22%0D.txt;base64,${Buffer.from('hello').toString('base64')}`;
    const sentFile = (await read({ photo, pages: [photo, ''] })).get('photo') as File;
    expect([sentFile.name, sentFile.type, await sentFile.text()]).toEqual(['a "b"\r.txt', 'text/plain', 'hello']);
    expect((await read({ photo, pages: [photo, ''] })).getAll('pages')).toHaveLength(2);
  });

  it('shows its files as files', () => {
    const format = operation.inputs.find(({ id }) => id === 'photo')?.format;
    expect(format).toBe('FILE');
  });

  it.each(['https://example.com/a.png', 'not base64', 'aGVsbG8', 'data:text/plain,hello', '/etc/passwd'])(
    'is not made of %j: a file is given as its data',
    (photo) => {
      expect(checkInputs(operation, { photo })).toEqual([
        {
          id: 'photo',
          pointer: '/photo',
          detail: 'must be a file: its data in base64, or as a data: URL. It is not fetched from elsewhere',
        },
      ]);
    },
  );
});
