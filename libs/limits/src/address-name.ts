import ipaddr from 'ipaddr.js';

const SITE_PARTS = 4;

/**
 * Whom an address stands for. Of IPv6 that is the /64 (RFC 6177 §2): whoever has one address there has all of them. An IPv4 address is itself,
 * also in its mapped form.
 */
export function addressName(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown';
  const parsed = ipaddr.process(address);
  if (parsed.kind() === 'ipv4') return parsed.toString();
  const site = (parsed as ipaddr.IPv6).parts.slice(0, SITE_PARTS).map((part) => part.toString(16));
  return `${site.join(':')}::/64`;
}
