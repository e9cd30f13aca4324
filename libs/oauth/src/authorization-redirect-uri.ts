/** RFC 8252 §7.3: "The authorization server MUST allow any port to be specified at the time of the request for loopback IP redirect URIs". */
const LOOPBACK = /^(http:\/\/(?:127\.0\.0\.1|\[::1\]))(?::([1-9]\d{0,4}))?(?=[/?]|$)/;
const MAX_PORT = 65_535;

/** Letter for letter one of the registered URIs (RFC 9700 §2.1), but for the port of a loopback IP. */
export function isRegistered(registered: readonly string[], requested: string): boolean {
  if (registered.includes(requested)) return true;
  const portless = withoutLoopbackPort(requested);
  return portless !== null && registered.some((uri) => withoutLoopbackPort(uri) === portless);
}

/** @returns null for anything but a loopback IP by http */
function withoutLoopbackPort(uri: string): string | null {
  const [start, origin, port] = LOOPBACK.exec(uri) ?? [];
  if (start === undefined || origin === undefined || Number(port ?? 1) > MAX_PORT) return null;
  return origin + uri.slice(start.length);
}
