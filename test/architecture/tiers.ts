interface Tier {
  tier: number;
  /** Libs of the same tier that it may import; it may import every lib of a lower one. */
  peers?: readonly string[];
}

/** The table of docs/architecture.md. A lib that is not here is a violation: decide its tier first. */
export const TIERS: Readonly<Record<string, Tier>> = {
  errors: { tier: 0 },
  json: { tier: 0 },
  telemetry: { tier: 0 },
  scheduling: { tier: 0, peers: ['telemetry'] },
  config: { tier: 0, peers: ['errors'] },
  crypto: { tier: 0, peers: ['errors'] },
  database: { tier: 1 },
  egress: { tier: 1 },
  tenants: { tier: 2 },
  audit: { tier: 2, peers: ['tenants'] },
  limits: { tier: 2 },
  events: { tier: 2, peers: ['tenants'] },
  'admin-keys': { tier: 3 },
  vault: { tier: 3 },
  'signing-keys': { tier: 3, peers: ['vault'] },
  'trusted-keys': { tier: 3 },
  'audit-chain': { tier: 4 },
  oauth: { tier: 4 },
  catalog: { tier: 4 },
  idempotency: { tier: 4 },
  connections: { tier: 5 },
  upstream: { tier: 5, peers: ['connections'] },
  connect: { tier: 6 },
  refresh: { tier: 6 },
  runs: { tier: 6 },
  webhooks: { tier: 6 },
  // Ships to browsers: it imports nothing of ours, and nothing of ours imports it.
  'connect-js': { tier: Number.NaN },
  // For the servers of partners: the same.
  client: { tier: Number.NaN },
  // Of no tier: it imports any lib. A rule of its own says who imports it.
  testing: { tier: Number.POSITIVE_INFINITY },
};

export function mayImport(from: string, to: string): boolean {
  const importer = TIERS[from];
  const imported = TIERS[to];
  if (!importer || !imported) return false;
  return imported.tier < importer.tier || (importer.peers?.includes(to) ?? false);
}
