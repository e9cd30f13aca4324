/** What a connection that is not made says: of the network, of who may connect, or that there is no such database. */
const NOT_REACHED =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|28000|28P01|3D000|53300|57P03)$/;
const INSUFFICIENT_PRIVILEGE = '42501';

/** One sentence for the operator whose start, or migration, the database keeps from succeeding; null for any other error. */
export function databaseFault(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  const { code = '', message } = driversOwn(error);
  if (NOT_REACHED.test(code))
    return `The database can not be reached: ${message || code}. Check DATABASE_URL and MIGRATION_DATABASE_URL, and that the server lets this machine and account in.`;
  if (code !== INSUFFICIENT_PRIVILEGE) return null;
  // Our own refusals are sentences, and say what to do.
  if (message.endsWith('.')) return message;
  return `The database does not let this account do that: ${message}. To migrate, name the account that owns the tables in MIGRATION_DATABASE_URL.`;
}

/** What is said of a connection that is gone, is not to be had, or does not answer; the driver has no codes for it. */
const GONE =
  /^(timeout exceeded when trying to connect|Connection terminated|Client has encountered a connection error|Query read timeout|Client was closed)/;
/** https://www.postgresql.org/docs/current/errcodes-appendix.html: connection exceptions, too little of something, and an operator's hand. */
const AWAY = /^(08...|53...|57P0[1-5])$/;

/** Whether the database can't be asked at this moment: the same may go well a little later. Nothing is said of whether it was carried out. */
export function isDatabaseAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code = '', message } = driversOwn(error);
  // Of other servers our own errors tell: what comes here as the network's is the database's.
  return NOT_REACHED.test(code) || AWAY.test(code) || GONE.test(message);
}

/** Statements that waited too long, for a lock or for their turn, or lost to another: a deadlock, a lock that was not to be had. */
const HELD_UP = /^(57014|55P03|40P01|40001)$/;

/** Whether a statement was given up since others were in its way: nothing of it was done, and it may go well a little later. */
export function isHeldUp(error: unknown): boolean {
  return error instanceof Error && HELD_UP.test(driversOwn(error).code ?? '');
}

function driversOwn(error: Error): Error & { code?: string } {
  const { driverError } = error as { driverError?: unknown };
  return driverError instanceof Error ? driverError : error;
}
