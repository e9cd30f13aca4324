import ipaddr from 'ipaddr.js';
import { ConfigError } from './config-error.js';

const HOW = 'Give addresses or CIDRs of your own proxies, such as 10.0.0.0/8, separated by commas.';

/** @throws ConfigError also for a range of everybody, who could then claim any address */
export function readProxies(entries: readonly string[]): string[] {
  const wrong = entries.find((entry) => !isProxy(entry));
  if (wrong !== undefined) throw new ConfigError(`TRUSTED_PROXIES has the entry "${wrong}". ${HOW}`);
  return [...entries];
}

function isProxy(entry: string): boolean {
  const [address = '', prefix] = entry.split('/');
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return prefix === undefined || (ipaddr.isValidCIDR(entry) && ipaddr.parseCIDR(entry)[1] > 0);
}
