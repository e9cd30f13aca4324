import 'reflect-metadata';
import { expect, it } from 'vitest';
import { TombstonesDto } from '../admin/vault.dto.js';
import { CreateRunDto } from '../embed/action-run.dto.js';
import { CreateConnectLinkDto } from '../embed/connect-link.dto.js';
import { BodyPipe } from './body-pipe.js';

it('a member of a value may be called like a part of every object, and stays what it was', async () => {
  const inputs = { constructor: 'McLaren', list: [{ constructor: ['a'] }], toString: 1 };
  const dto = await new BodyPipe(CreateRunDto, { unknownMembers: 'ignore' }).transform({ action: 'x', inputs });
  expect(dto.inputs).toEqual(inputs);
});

it('a member of the body itself may not', async () => {
  const given = new BodyPipe(CreateRunDto, { unknownMembers: 'ignore' }).transform({ action: 'x', constructor: 'a' });
  await expect(given).rejects.toMatchObject({ code: 'invalid', source: { pointer: '/constructor' } });
});

it.each([[[]], [null], ['x'], [[{}]]])(
  'what is no object is refused where a list of them is meant: %j',
  async (item) => {
    const given = new BodyPipe(TombstonesDto).transform({ tombstones: [item] });
    await expect(given).rejects.toMatchObject({ code: 'invalid', source: { pointer: '/tombstones/0' } });
  },
);

it('a member that is not there is said to be missing, whatever is wanted of it', async () => {
  const given = new BodyPipe(CreateConnectLinkDto, { unknownMembers: 'ignore' }).transform({
    data: { app: 'acme-crm' },
  });
  await expect(given).rejects.toMatchObject({
    list: [{ code: 'invalid', message: 'app is missing.', source: { pointer: '/app' } }],
  });
});
