/** What a connection that is not made says: of the network, of who may connect, or that there is no such database. */
const NOT_REACHED =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|28000|28P01|3D000|53300|57P03)$/;
const INSUFFICIENT_PRIVILEGE = '42501';

/** One sentence for the operator whose start, or migration, the database keeps from succeeding; null for any other error. */
export function databaseFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { driverError } = error as { driverError?: unknown };
  const { code = '', message } = (driverError instanceof Error ? driverError : error) as Error & { code?: string };
  if (NOT_REACHED.test(code))
    return `The database can not be reached: ${message || code}. Check DATABASE_URL and MIGRATION_DATABASE_URL, and that the server lets this machine and account in.`;
  if (code !== INSUFFICIENT_PRIVILEGE) return null;
  // Our own refusals are sentences, and say what to do.
  if (message.endsWith('.')) return message;
  return `The database does not let this account do that: ${message}. To migrate, name the account that owns the tables in MIGRATION_DATABASE_URL.`;
}
