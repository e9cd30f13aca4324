import { describe, expect, it } from 'vitest';
import { readChoices, staticChoices } from './choices.js';

const live = { items: 'data', value: 'id', label: 'name' };

describe('live choices', () => {
  it('are the items of the response, their id the value as text', () => {
    expect(readChoices(live, { data: [{ id: 5, name: 'Five' }, { id: 'x' }, { id: true, name: 7 }] })).toEqual([
      { id: '5', label: 'Five', value: '5' },
      { id: 'x', label: 'x', value: 'x' },
      { id: 'true', label: '7', value: 'true' },
    ]);
  });

  it('may be the response itself, and plain values', () => {
    expect(readChoices({ items: '', value: '', label: '' }, ['a', 'b'])).toEqual([
      { id: 'a', label: 'a', value: 'a' },
      { id: 'b', label: 'b', value: 'b' },
    ]);
  });

  it('leave out an item without a value, and one whose value came before', () => {
    const data = [
      { id: null },
      { id: {} },
      {},
      null,
      'text',
      { id: '' },
      { id: 1, name: 'First' },
      { id: '1', name: 'Again' },
    ];
    expect(readChoices(live, { data })).toEqual([{ id: '1', label: 'First', value: '1' }]);
  });

  it.each([undefined, null, '', 'text', 5, [], {}, { data: {} }, { data: 'x' }])('are none in %j', (responseBody) => {
    expect(readChoices(live, responseBody)).toEqual([]);
  });

  it('are at most 1,000', () => {
    const data = Array.from({ length: 5_000 }, (_, id) => ({ id }));
    expect(readChoices(live, { data })).toHaveLength(1_000);
  });
});

describe('static choices', () => {
  it('are those of the field', () => {
    const choices = { kind: 'static', values: [{ value: 'a', label: 'Alpha' }] } as const;
    expect(staticChoices({ choices })).toEqual([{ id: 'a', label: 'Alpha', value: 'a' }]);
  });

  it('are none for a free field and for a live one', () => {
    expect(staticChoices({})).toEqual([]);
    expect(staticChoices({ choices: { kind: 'live', operationId: 'op', ...live } })).toEqual([]);
  });
});
