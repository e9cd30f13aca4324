import { Client, escapeLiteral } from 'pg';

/** As in docker-compose.yml: it owns nothing, may log in, and may become the two roles of row-level security. */
const ACCOUNT = 'gatehouse_app';
const ROLES = ['gatehouse_service', 'gatehouse_over_tenants'];

/** Of servers, by host and port: on which the account is. */
const made = new Map<string, Promise<void>>();

/** @returns the same database for an account that owns nothing. It is made where it is missing, and has the owner's password */
export async function asServiceAccount(ownerUrl: string): Promise<string> {
  const url = new URL(ownerUrl);
  let making = made.get(url.host);
  if (!making) {
    making = makeAccount(url);
    made.set(url.host, making);
    making.catch(() => made.delete(url.host));
  }
  await making;
  url.username = ACCOUNT;
  return url.href;
}

async function makeAccount({ href, password }: URL): Promise<void> {
  const client = new Client({ connectionString: href });
  await client.connect();
  try {
    // Of a server on which nothing was migrated yet; the migration then uses them.
    for (const role of ROLES) await makeRole(client, role, 'NOLOGIN');
    const isNew = await makeRole(client, ACCOUNT, `LOGIN PASSWORD ${escapeLiteral(decodeURIComponent(password))}`);
    // The test sees what its connections do, and may end them.
    if (isNew) await client.query(`GRANT ${ACCOUNT} TO CURRENT_USER`);
    for (const role of ROLES) await grantRole(client, role);
  } finally {
    await client.end();
  }
}

/** @returns whether it was missing */
async function makeRole(client: Client, role: string, options: string): Promise<boolean> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
  if (rowCount === 0) await client.query(`CREATE ROLE ${role} ${options}`);
  return rowCount === 0;
}

/** An owner that was granted the role by an administrator may not grant it. Then the administrator did this as well. */
async function grantRole(client: Client, role: string): Promise<void> {
  const { rowCount } = await client.query(`SELECT WHERE pg_has_role('${ACCOUNT}', $1, 'MEMBER')`, [role]);
  if (rowCount === 0) await client.query(`GRANT ${role} TO ${ACCOUNT}`);
}
