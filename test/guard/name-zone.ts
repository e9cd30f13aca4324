/** A resolver of the test's own: what a name leads to, at the first look and at each one after. No test asks the real one. */
const PUBLIC = '93.184.216.34';
export const PARTNER = '127.0.0.2';
const LOOPBACK = '127.0.0.1';

const ZONE: Record<string, string[][]> = {
  'partner.example': [[PARTNER]],
  'loopback.example': [[LOOPBACK]],
  'loopback-v6.example': [['::1']],
  'mapped.example': [['::ffff:127.0.0.1']],
  'nat64.example': [['64:ff9b::7f00:1']],
  '6to4.example': [['2002:7f00:1::1']],
  'private.example': [['10.0.0.5']],
  'shared.example': [['100.64.0.5']],
  'unique-local.example': [['fd00::5']],
  'link-local.example': [['fe80::5']],
  'metadata.example': [['169.254.169.254']],
  'unspecified.example': [['0.0.0.0']],
  // One that is fine does not make up for the other, in whichever order they come.
  'mixed.example': [[PUBLIC, LOOPBACK]],
  'mixed-later.example': [['::1', PUBLIC]],
  'mixed-exempt.example': [[PARTNER, LOOPBACK]],
  // Good at one look and bad at the next.
  'rebinding.example': [[PARTNER], [LOOPBACK]],
  'rebinding-late.example': [[PARTNER], [PARTNER], [LOOPBACK]],
  'asked-for-here-alone.example': [[PARTNER], [LOOPBACK]],
  localhost: [[LOOPBACK, '::1']],
  'localhost.': [[LOOPBACK]],
  'app.localhost': [[LOOPBACK]],
  'metadata.google.internal': [['169.254.169.254']],
  'instance-data': [['169.254.169.254']],
  postgres: [[LOOPBACK]],
  'printer.local': [[LOOPBACK]],
};

export const looks = new Map<string, number>();

/** In the place of `lookup` of node:dns/promises, with `all`. */
export function lookup(name: string): Promise<{ address: string; family: number }[]> {
  const answers = ZONE[name];
  const look = looks.get(name) ?? 0;
  looks.set(name, look + 1);
  const addresses = answers?.[Math.min(look, answers.length - 1)];
  if (!addresses)
    return Promise.reject(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: 'ENOTFOUND' }));
  return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
}
