import type { SecurityDefinition, TenantAppView } from '#libs/catalog';
import { isSendable, type Credentials } from '#libs/connections';
import { Secret } from '#libs/crypto';
import { problem, type Problem } from '#libs/errors';
import { BodyPipe } from '../http/body-pipe.js';
import { ImportedApiKeyDto, ImportedBasicDto, ImportedBearerDto, ImportedOauth2Dto } from './connections.import.dto.js';

const place = { unknownMembers: 'refuse', at: '/credentials' } as const;
const oauth2 = new BodyPipe(ImportedOauth2Dto, place);
const apiKey = new BodyPipe(ImportedApiKeyDto, place);
const basic = new BodyPipe(ImportedBasicDto, place);
const bearer = new BodyPipe(ImportedBearerDto, place);

/**
 * Imported credentials as the vault keeps them. No sentence repeats a value.
 * @throws Problem or Problems for what does not fit the app
 */
export async function readImportedCredentials(
  { definition }: TenantAppView,
  given: Record<string, unknown>,
  now: Date,
): Promise<{ credentials: Secret<Credentials>; isDated: boolean }> {
  const { kind } = definition.security;
  if (kind === 'none') throw refused('', 'This app needs no authentication.');
  if (kind === 'upstream') throw refused('', 'Accounts of this app are connected at its upstream.');
  if (given.kind !== kind) throw refused('/kind', `This app takes credentials of the kind ${kind}.`);
  if (kind === 'oauth2') {
    const dto = await oauth2.transform(given);
    return { credentials: new Secret(toOauth2(dto, now)), isDated: dto.obtained_at !== undefined };
  }
  return { credentials: new Secret(await plain(definition.security, given)), isDated: false };
}

async function plain(security: SecurityDefinition, given: object): Promise<Credentials> {
  const { kind } = security;
  const sendable = (name: string, value: string) => {
    if (isSendable(value, security)) return value;
    throw refused(`/${name}`, 'This holds a character, or a space, that its header can not hold.');
  };
  if (kind === 'apiKey') return { kind, value: sendable('value', (await apiKey.transform(given)).value) };
  if (kind === 'bearer') return { kind, token: sendable('token', (await bearer.transform(given)).token) };
  const { username, password } = await basic.transform(given);
  return { kind: 'basic', username, password };
}

function toOauth2(dto: ImportedOauth2Dto, now: Date): Credentials {
  const { access_token: accessToken, refresh_token: refreshToken, scopes = [], expires_at: expiresAt } = dto;
  if (accessToken === undefined && refreshToken === undefined)
    throw refused('', 'Give an access_token, a refresh_token, or both.');
  const obtained = dto.obtained_at === undefined ? now : new Date(dto.obtained_at);
  // One from a clock ahead of ours would keep every later import out.
  const obtainedAt = new Date(Math.min(obtained.getTime(), now.getTime())).toISOString();
  const end = expiresAt === undefined ? null : new Date(expiresAt).toISOString();
  return {
    kind: 'oauth2',
    accessToken: accessToken ?? '',
    refreshToken: refreshToken ?? null,
    scopes,
    // There is none yet, so it has ended: nobody is to send it.
    expiresAt: accessToken === undefined ? obtainedAt : end,
    obtainedAt,
  };
}

function refused(at: string, sentence: string): Problem {
  return problem('invalid', sentence, { source: { pointer: `/credentials${at}` } });
}
