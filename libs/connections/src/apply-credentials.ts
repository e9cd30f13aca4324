import type { AppRequest, SecurityDefinition } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import type { Credentials } from './credentials.js';

/** The request with the connection's credentials where the app's security scheme wants them. */
export function applyCredentials(
  request: AppRequest,
  security: SecurityDefinition,
  credentials: Secret<Credentials>,
): AppRequest {
  const value = credentials.reveal();
  switch (value.kind) {
    case 'oauth2':
      return withHeader(request, 'authorization', `Bearer ${value.accessToken}`);
    case 'bearer':
      return withHeader(request, 'authorization', `Bearer ${value.token}`);
    case 'basic':
      return withHeader(
        request,
        'authorization',
        `Basic ${Buffer.from(`${value.username}:${value.password}`).toString('base64')}`,
      );
    case 'apiKey':
      return security.kind === 'apiKey' ? withApiKey(request, security, value.value) : request;
    default:
      return request;
  }
}

function withApiKey(
  request: AppRequest,
  { in: place, name }: { in: 'header' | 'query' | 'cookie'; name: string },
  key: string,
): AppRequest {
  if (place === 'header') return withHeader(request, name.toLowerCase(), key);
  if (place === 'cookie') return withHeader(request, 'cookie', `${name}=${encodeURIComponent(key)}`);
  const url = new URL(request.url);
  url.searchParams.set(name, key);
  return { ...request, url: url.href };
}

function withHeader(request: AppRequest, name: string, value: string): AppRequest {
  return { ...request, headers: { ...request.headers, [name]: value } };
}
