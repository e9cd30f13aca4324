import { EgressError } from './egress-error.js';

/** Where a request goes. */
export interface Target {
  url: URL;
  /** A name, or an address without brackets. */
  name: string;
}

/** @throws EgressError `blocked` for what is no http(s) URL, or holds credentials */
export function readTarget(text: string): Target {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) throw new EgressError('blocked');
  return { url, name: url.hostname.replaceAll(/^\[|\]$/g, '') };
}

/** Ports below are of mail, shells and the like, but for one. */
const FREE_PORTS = 1024;

/** What may be called where no exemption says more: a server of the web, which proves by TLS who it is. */
export function isWebServer({ protocol, port }: URL): boolean {
  return protocol === 'https:' && (port === '' || Number(port) >= FREE_PORTS);
}

/** Names that lead into somebody's own network by their very text: RFC 6761, RFC 6762, RFC 8375, and others that networks are known to use. */
const LOCAL = /\.(?:localhost|local|internal|intranet|lan|corp|home|private|home\.arpa)$/;

/** A name without a dot is looked for in our own network too. */
export function isLocalName(name: string): boolean {
  const bare = name.replace(/\.+$/, '').toLowerCase();
  return !bare.includes('.') || LOCAL.test(bare);
}
