import { afterEach, describe, expect, it, vi } from 'vitest';
import { digestsEqual, mintToken, sha256 } from '#libs/crypto';
import { newId } from '#libs/database';
import { FakeClock } from '#libs/testing';
import type { Client, Tenant } from '#libs/tenants';
import { ClientAuthentication } from './client-authentication.js';
import type { ClientDirectory } from './client-directory.js';

// They do what they always do, and are counted.
vi.mock('#libs/crypto', async (original) => {
  const crypto = await original<typeof import('#libs/crypto')>();
  return { ...crypto, sha256: vi.fn(crypto.sha256), digestsEqual: vi.fn(crypto.digestsEqual) };
});

const tenantId = newId();
const clock = new FakeClock();
const [current, previous] = [mintToken('clientSecret', tenantId), mintToken('clientSecret', tenantId)];

function clientOf(secrets: Partial<Client> = {}): Client {
  const { token: clientId } = mintToken('client', tenantId);
  const none = { previousSecretDigest: null, previousSecretUntil: null };
  return { clientId, secretDigest: current.digest, ...none, ...secrets } as Client;
}

const confidential = clientOf();
const rolling = clientOf({ previousSecretDigest: previous.digest, previousSecretUntil: clock.in(60) });
const publicOne = clientOf({ secretDigest: null });
const unknown = mintToken('client', tenantId).token;

const known = new Map([confidential, rolling, publicOne].map((client) => [client.clientId, client]));
const directory = {
  find: (clientId: string) => {
    const client = known.get(clientId);
    return Promise.resolve(client ? { client, tenant: {} as Tenant } : null);
  },
} as ClientDirectory;
const authentication = new ClientAuthentication(directory, clock);
const inBody = (client_id: string, client_secret?: string) =>
  authentication.authenticate({ client_id, ...(client_secret !== undefined && { client_secret }) }, undefined, 'any');
const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const refusal = { code: 'invalid_client', message: 'The client_id or client_secret is not right.' };

afterEach(() => vi.clearAllMocks());

describe('guessing a client', () => {
  it.each([
    ['a known client', confidential.clientId],
    ['a known client while its secret is replaced', rolling.clientId],
    ['a public client', publicOne.clientId],
    ['an unknown client', unknown],
    ['what is no client id', 'x'],
  ])('costs one hash and two comparisons for %s, and is answered alike', async (_whose, clientId) => {
    await expect(inBody(clientId, 'wrong')).rejects.toMatchObject(refusal);
    expect(vi.mocked(sha256)).toHaveBeenCalledTimes(1);
    expect(vi.mocked(digestsEqual)).toHaveBeenCalledTimes(2);
  });

  it('costs as much when the guess is right', async () => {
    await inBody(confidential.clientId, current.token);
    expect(vi.mocked(sha256)).toHaveBeenCalledTimes(1);
    expect(vi.mocked(digestsEqual)).toHaveBeenCalledTimes(2);
  });
});

describe('a secret', () => {
  it('is good with its client alone', async () => {
    expect(await inBody(confidential.clientId, current.token)).toMatchObject({ client: confidential });
    await expect(inBody(publicOne.clientId, current.token)).rejects.toMatchObject(refusal);
    await expect(inBody(unknown, current.token)).rejects.toMatchObject(refusal);
  });

  it('from before is good until its time is over', async () => {
    expect(await inBody(rolling.clientId, previous.token)).toMatchObject({ client: rolling });
    expect(await inBody(rolling.clientId, current.token)).toMatchObject({ client: rolling });
    clock.advance(60);
    await expect(inBody(rolling.clientId, previous.token)).rejects.toMatchObject(refusal);
    expect(await inBody(rolling.clientId, current.token)).toMatchObject({ client: rolling });
  });
});

describe('without a secret', () => {
  it.each([
    ['in the body', (id: string) => inBody(id)],
    ['by Basic', (id: string) => authentication.authenticate({}, basic(`${id}:`), 'any')],
  ])('a public client names itself, and no other client does: %s', async (_how, ask) => {
    expect(await ask(publicOne.clientId)).toMatchObject({ client: publicOne });
    await expect(ask(confidential.clientId)).rejects.toMatchObject(refusal);
    await expect(ask(unknown)).rejects.toMatchObject(refusal);
  });

  it.each([
    ['in the body', { client_id: publicOne.clientId }, undefined],
    ['by Basic', {}, basic(`${publicOne.clientId}:`)],
  ])('nobody gets past where a secret is asked for: %s', async (_how, form, authorization) => {
    await expect(authentication.authenticate(form, authorization)).rejects.toMatchObject({ code: 'invalid_client' });
  });
});

describe('both ways at once', () => {
  it.each([
    ['the same secret', { client_secret: current.token }],
    ['another client', { client_id: unknown }],
  ])('are refused: Basic, and in the body %s', async (_what, form) => {
    const header = basic(`${confidential.clientId}:${current.token}`);
    await expect(authentication.authenticate(form, header)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
