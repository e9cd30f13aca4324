import type { SecurityDefinition } from '#libs/catalog';
import { isSendable, type Credentials } from '#libs/connections';
import { english } from './texts.js';

const MAX_SECRET_LENGTH = 8192;
const MAX_USERNAME_LENGTH = 320;

export type FieldName = 'api_key' | 'username' | 'password' | 'token';

/** One input of a form, made from the document's security scheme. */
export interface CredentialField {
  name: FieldName;
  label: string;
  isSecret: boolean;
  /** HTML §4.10.18.7. A key is no password: a browser that kept it would fill it in at another app's form. */
  autocomplete: 'username' | 'current-password' | 'off';
  isRequired: boolean;
}

/** What a person typed, by field; a field that is missing or repeated is empty. */
export type Typed = Partial<Record<FieldName, string>>;
type FieldProblems = Partial<Record<FieldName, string>>;

/** Empty for a scheme that asks for nothing, and for OAuth. */
export function fieldsOf(security: SecurityDefinition): CredentialField[] {
  const { fields } = english;
  const key = { isSecret: true, autocomplete: 'off', isRequired: true } as const;
  switch (security.kind) {
    case 'apiKey':
      return [{ ...key, name: 'api_key', label: security.title }];
    case 'bearer':
      return [{ ...key, name: 'token', label: fields.token }];
    case 'basic':
      return [
        { name: 'username', label: fields.username, isSecret: false, autocomplete: 'username', isRequired: true },
        // Not required: some APIs take a key as the user name, and no password.
        { ...key, name: 'password', label: fields.password, autocomplete: 'current-password', isRequired: false },
      ];
    default:
      return [];
  }
}

export function readTyped(security: SecurityDefinition, body: unknown): Typed {
  const form = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  return Object.fromEntries(
    fieldsOf(security).map(({ name }) => {
      const value = Object.hasOwn(form, name) ? form[name] : '';
      return [name, typeof value === 'string' ? trimmed(name, value) : ''];
    }),
  );
}

/** Credentials of the scheme's kind, or a sentence for each field that can't be right. */
export function readCredentials(
  security: SecurityDefinition,
  typed: Typed,
): { credentials: Credentials } | { problems: FieldProblems } {
  const wrong = fieldsOf(security).flatMap((field) => {
    const problem = problemOf(field, typed[field.name] ?? '', security);
    return problem === null ? [] : [[field.name, problem] as const];
  });
  if (wrong.length > 0) return { problems: Object.fromEntries(wrong) };
  return { credentials: toCredentials(security, typed) };
}

function toCredentials({ kind }: SecurityDefinition, typed: Typed): Credentials {
  switch (kind) {
    case 'apiKey':
      return { kind, value: typed.api_key ?? '' };
    case 'bearer':
      return { kind, token: typed.token ?? '' };
    case 'basic':
      return { kind, username: typed.username ?? '', password: typed.password ?? '' };
    default:
      return { kind: 'none' };
  }
}

/** Keys are copied with the space around them, and tokens with their scheme. A password is what it is. */
function trimmed(name: FieldName, value: string): string {
  if (name === 'password') return value;
  return name === 'token' ? value.trim().replace(/^bearer\s+/i, '') : value.trim();
}

function problemOf(
  { name, label, isRequired }: CredentialField,
  value: string,
  security: SecurityDefinition,
): string | null {
  const { fields } = english;
  if (value === '') return isRequired ? fields.missing(label) : null;
  if (value.length > (name === 'username' ? MAX_USERNAME_LENGTH : MAX_SECRET_LENGTH)) return fields.tooLong(label);
  // RFC 7617 §2.
  if (name === 'username' && value.includes(':')) return fields.colon;
  return isSendable(value, security) ? null : fields.unreadable(label);
}
