import { join, resolve } from 'node:path';
import { Config, type Role } from './config.js';
import { ConfigError } from './config-error.js';
import { generatedSecret } from './generated-secret.js';
import { newKeyringText, parseKeyring } from './keyring-text.js';
import { readTracing } from './tracing.js';
import { readProxies } from './trusted-proxies.js';

const ADMIN_TOKEN_MIN_LENGTH = 32;
const METRICS_TOKEN_MIN_LENGTH = 16;
const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'];

/**
 * Reads and checks the environment. `.env.example` is the manual of each variable.
 * @throws ConfigError with one sentence that names the variable and says what to set.
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const production = env.NODE_ENV === 'production';
  const dataDir = resolve(env.DATA_DIR || '.data');
  const port = readPort(env.PORT);
  const generatedFiles: string[] = [];
  const secret = (name: string, file: string, make?: () => string) => {
    const value = env[name];
    if (value) return value;
    if (production) throw new ConfigError(`${name} is not set. It is required when NODE_ENV=production.`);
    const path = join(dataDir, file);
    generatedFiles.push(path);
    return generatedSecret(path, make);
  };
  if (production && !env.DATABASE_URL) {
    throw new ConfigError(
      'DATABASE_URL is not set. The embedded server is for development; in production give a PostgreSQL 15 or newer.',
    );
  }
  return new Config({
    production,
    databaseUrl: env.DATABASE_URL || undefined,
    migrationDatabaseUrl: env.MIGRATION_DATABASE_URL || undefined,
    dataDir,
    host: env.HOST || '127.0.0.1',
    port,
    publicUrl: readPublicUrl(env.PUBLIC_URL || `http://localhost:${port}`),
    adminToken: checkAdminToken(secret('ADMIN_TOKEN', 'admin-token')),
    vaultKeyring: parseKeyring(secret('VAULT_KEYRING', 'vault-keyring', newKeyringText)),
    rateLimits: readRateLimits(env.RATE_LIMITS || 'on', production),
    trustedProxies: readProxies(readList(env.TRUSTED_PROXIES ?? '')),
    egressAllow: readList(env.EGRESS_ALLOW ?? (production ? '' : '127.0.0.0/8,::1/128,localhost')),
    roles: readRoles(env.ROLES || 'api,worker'),
    appsDir: resolve(env.APPS_DIR || 'apps.d'),
    logLevel: readLogLevel(env.LOG_LEVEL || 'info'),
    metricsToken: readMetricsToken(env.METRICS_TOKEN),
    tracing: readTracing(env),
    traceTo: readList(env.TRACE_TO ?? ''),
    generatedFiles,
  });
}

function readPort(text: string | undefined): number {
  const port = Number(text || 3000);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new ConfigError(`PORT is "${text}". Give a number from 1 to 65535.`);
  }
  return port;
}

function readPublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search || url.hash || url.username) {
    throw new ConfigError(`PUBLIC_URL is "${text}". Give an origin such as https://connect.example.com, with no path.`);
  }
  return url.origin;
}

function checkAdminToken(token: string): string {
  if (token.length < ADMIN_TOKEN_MIN_LENGTH) {
    throw new ConfigError(`ADMIN_TOKEN has ${token.length} characters. Give at least ${ADMIN_TOKEN_MIN_LENGTH}.`);
  }
  return token;
}

function readMetricsToken(text: string | undefined): string | undefined {
  if (!text) return undefined;
  if (text.length < METRICS_TOKEN_MIN_LENGTH) {
    throw new ConfigError(`METRICS_TOKEN has ${text.length} characters. Give at least ${METRICS_TOKEN_MIN_LENGTH}.`);
  }
  return text;
}

function readRateLimits(text: string, production: boolean): boolean {
  if (text !== 'on' && text !== 'off') throw new ConfigError(`RATE_LIMITS is "${text}". Give "on" or "off".`);
  if (text === 'off' && production) {
    throw new ConfigError('RATE_LIMITS is "off". That is for load tests: with NODE_ENV=production leave it on.');
  }
  return text === 'on';
}

function readRoles(text: string): Role[] {
  const roles = readList(text);
  const unknown = roles.find((role) => role !== 'api' && role !== 'worker');
  if (unknown !== undefined || roles.length === 0) {
    throw new ConfigError(`ROLES is "${text}". Give "api", "worker" or "api,worker".`);
  }
  return roles as Role[];
}

function readLogLevel(text: string): string {
  if (!LOG_LEVELS.includes(text)) {
    throw new ConfigError(`LOG_LEVEL is "${text}". Give one of ${LOG_LEVELS.join(', ')}.`);
  }
  return text;
}

function readList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
