import ipaddr from 'ipaddr.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Decides which addresses may be called: public unicast, and what the operator exempts in `EGRESS_ALLOW`. */
export class AddressGuard {
  readonly #hosts = new Set<string>();
  readonly #ranges: [Address, number][] = [];

  /** @param allow CIDRs, addresses and host names */
  constructor(allow: readonly string[]) {
    for (const entry of allow) {
      if (ipaddr.isValidCIDR(entry)) this.#ranges.push(ipaddr.parseCIDR(entry));
      else if (ipaddr.isValid(entry)) this.#ranges.push(exactly(ipaddr.parse(entry)));
      else this.#hosts.add(entry.toLowerCase());
    }
  }

  allowsHost(host: string): boolean {
    return this.#hosts.has(host.toLowerCase());
  }

  /** Plain http is for what the operator exempted by name or address; everything else needs TLS. */
  isExempt(address: string): boolean {
    const parsed = unmap(address);
    return parsed !== null && this.#ranges.some((range) => parsed.kind() === range[0].kind() && parsed.match(range));
  }

  allowsAddress(address: string): boolean {
    return this.isExempt(address) || isPublic(unmap(address));
  }
}

/** IPv6 beyond 2000::/3 is not allocated as global unicast (RFC 4291 §2.4), whatever a table of exceptions may not list yet. */
const GLOBAL_UNICAST_V6 = ipaddr.parseCIDR('2000::/3');

/** Of the machines that run in Azure, whose host answers there. It looks like any public address. */
const AZURE_HOST = '168.63.129.16';

function isPublic(address: Address | null): boolean {
  if (address?.range() !== 'unicast' || address.toString() === AZURE_HOST) return false;
  return address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST_V6);
}

function exactly(address: Address): [Address, number] {
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}

/** `::ffff:127.0.0.1` is 127.0.0.1 to the kernel, so it is to us. */
function unmap(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}
