import type { Upstream, UpstreamMode } from './upstream.entity.js';
import type { UpstreamSettings } from './upstreams.store.js';

/** What nothing can be guessed from. */
export type RequiredSettings = Pick<UpstreamSettings, 'mode' | 'apiUrl' | 'tokenUrl' | 'connectUrl' | 'clientId'>;

const USER_SCOPES = ['zap', 'zap:write', 'connection:read', 'connection:write', 'action:run'];

/**
 * The settings of an upstream: what is given, else what it had, else what follows from the rest. What followed from settings that have
 * changed follows from the new ones.
 * @param issuer by default
 */
export function completeSettings(
  given: RequiredSettings & Partial<UpstreamSettings>,
  before: (Upstream & UpstreamSettings) | null,
  { name, issuer }: { name: string; issuer: string },
): UpstreamSettings {
  const inferred = inferredFrom(given, name, issuer);
  const inferredBefore = before && inferredFrom(before, name, issuer);
  const settled = Object.entries(inferred).map(([setting, value]) => {
    const key = setting as keyof typeof inferred;
    const wasInferred = !before || JSON.stringify(before[key]) === JSON.stringify(inferredBefore?.[key]);
    return [key, given[key] ?? (wasInferred ? value : before[key])];
  });
  return { ...(Object.fromEntries(settled) as typeof inferred), ...required(given) };
}

function inferredFrom({ mode, apiUrl, tokenUrl }: RequiredSettings, name: string, issuer: string) {
  const { hostname, origin } = new URL(tokenUrl);
  const isZapier = hostname === 'zapier.com' || hostname.endsWith('.zapier.com');
  return {
    title: isZapier ? 'Zapier' : name,
    enabled: true,
    authorizeUrl: mode === 'user' ? `${apiUrl}/v2/authorize` : null,
    jwksUrl: `${origin}/.well-known/jwks.json`,
    issuer,
    audience: isZapier ? 'connect.zapier.com' : hostname,
    userClaim: 'sub',
    orgClaim: 'org_id',
    scopes: scopesOf(mode),
    connect: 'page' as const,
    implicit: false,
    callsPerAddress: 60,
    callsPerPartner: 150,
    windowSeconds: 60,
  };
}

function scopesOf(mode: UpstreamMode): string[] {
  return mode === 'app' ? [] : USER_SCOPES;
}

function required({ mode, apiUrl, tokenUrl, connectUrl, clientId }: RequiredSettings): RequiredSettings {
  return { mode, apiUrl, tokenUrl, connectUrl, clientId };
}
