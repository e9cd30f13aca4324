import type { userScopes } from '#libs/tenants';

const READ_CONNECTIONS = 'See which accounts you have connected, and their names.';
const WRITE_CONNECTIONS = 'Connect accounts for you, and disconnect them.';

/** What each scope lets a client do, for the user who is asked. Two spellings of one scope say the same (protocol.md C17). */
const SENTENCES: Record<(typeof userScopes)[number], string> = {
  profile: 'See who you are.',
  'connection:read': READ_CONNECTIONS,
  authentication: READ_CONNECTIONS,
  'connection:write': WRITE_CONNECTIONS,
  'authentication:write': WRITE_CONNECTIONS,
  zap: 'See the apps and actions that you can use, and what you can choose in them.',
  'zap:write': 'Prepare actions with your accounts: their fields, and a test.',
  'action:run': 'Run actions in the accounts that you have connected.',
};

/** Each once, in the order of the scopes. */
export function scopeSentences(scopes: readonly string[]): string[] {
  const sentences: Record<string, string> = SENTENCES;
  return [...new Set(scopes.map((scope) => sentences[scope] ?? `Use the permission ${scope}.`))];
}
