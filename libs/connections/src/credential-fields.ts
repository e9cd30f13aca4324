import type { SecurityDefinition } from '#libs/catalog';
import { problem, Problems, type Problem } from '#libs/errors';
import type { Credentials } from './credentials.js';
import { isSendable } from './sendable.js';

const MAX_LENGTH = 8192;

/** What a person or a partner gives for an app that is connected without OAuth: the parts of its security scheme. */
const fieldsOf = {
  apiKey: ['api_key'],
  basic: ['username', 'password'],
  bearer: ['token'],
} as const;

/**
 * Credentials out of `authentication_fields`. No sentence repeats a value: they are secrets.
 * @throws Problem, or Problems with the pointer of each bad field
 */
export function readCredentialFields(security: SecurityDefinition, fields: Record<string, unknown>): Credentials {
  const { kind } = security;
  if (kind === 'oauth2' || kind === 'upstream')
    throw invalidApp('This app is connected through Connect: its user has to consent there.');
  if (kind === 'none') throw invalidApp('This app needs no authentication.');
  const names: readonly string[] = fieldsOf[kind];
  const [first, ...rest] = [
    ...Object.keys(fields)
      .filter((name) => !names.includes(name))
      .map((name) => unknownField(name, names)),
    ...names.flatMap((name) => faultOf(name, security, fields[name]) ?? []),
  ];
  if (first) throw new Problems([first, ...rest]);
  const text = (name: string) => fields[name] as string;
  if (kind === 'apiKey') return { kind, value: text('api_key') };
  if (kind === 'bearer') return { kind, token: text('token') };
  return { kind, username: text('username'), password: text('password') };
}

function faultOf(name: string, security: SecurityDefinition, value: unknown): Problem | null {
  // Many an API takes its key as the user name, and no password.
  const mayBeEmpty = security.kind === 'basic' && name === 'password';
  const isFine =
    typeof value === 'string' &&
    value.length <= MAX_LENGTH &&
    (value === '' ? mayBeEmpty : isSendable(value, security)) &&
    !(name === 'username' && value.includes(':'));
  if (isFine) return null;
  const rule = name === 'username' ? 'without a colon or control characters' : 'that its header can hold';
  return invalid(name, `${name} must be text of 1 to ${MAX_LENGTH} characters ${rule}.`);
}

function unknownField(name: string, names: readonly string[]): Problem {
  return invalid(name.slice(0, 64), `There is no such field here: this app takes ${names.join(' and ')}.`);
}

function invalid(name: string, sentence: string): Problem {
  const pointer = `/data/authentication_fields/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return problem('invalid', sentence, { source: { pointer } });
}

function invalidApp(sentence: string): Problem {
  return problem('invalid', sentence, { source: { pointer: '/data/app' } });
}
