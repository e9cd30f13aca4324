import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { ConfigError, loadConfig } from './index.js';

const key = (byte: number) => Buffer.from([...Array(31).fill(byte), byte + 1]).toString('base64');
const folders = mkdtempSync(join(tmpdir(), 'gatehouse-config-'));
afterAll(() => rmSync(folders, { recursive: true }));
const base = () => ({
  DATA_DIR: mkdtempSync(join(folders, 'data-')),
  ADMIN_TOKEN: 'a'.repeat(32),
  VAULT_KEYRING: `k1:${key(1)}`,
});
const production = () => ({ ...base(), NODE_ENV: 'production', DATABASE_URL: 'postgres://x' });

describe('configuration', () => {
  it('makes missing secrets once outside production and keeps them for the owner alone', () => {
    const { DATA_DIR } = base();
    const first = loadConfig({ DATA_DIR });
    const second = loadConfig({ DATA_DIR });
    expect(second.adminToken).toBe(first.adminToken);
    expect(second.vaultKeyring).toEqual(first.vaultKeyring);
    expect(first.generatedFiles).toEqual([join(DATA_DIR, 'admin-token'), join(DATA_DIR, 'vault-keyring')]);
    expect(statSync(join(DATA_DIR, 'vault-keyring')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(DATA_DIR, 'admin-token'), 'utf8').trim()).toBe(first.adminToken);
  });

  it.each([
    ['a folder in its place', (path: string) => mkdirSync(path), /vault-keyring can not be read or made \(\w+\)/],
    ['an empty file', (path: string) => writeFileSync(path, ''), /vault-keyring is empty/],
    ['a file of something else', (path: string) => writeFileSync(path, 'half of a k'), /VAULT_KEYRING/],
  ])('names the keyring that can not be read, and shows nothing of it: %s', (_what, spoil, sentence) => {
    const { DATA_DIR } = base();
    spoil(join(DATA_DIR, 'vault-keyring'));
    const start = () => loadConfig({ DATA_DIR });
    expect(start).toThrow(ConfigError);
    expect(start).toThrow(sentence);
    expect(start).not.toThrow(/half of/);
  });

  it.each(['ADMIN_TOKEN', 'VAULT_KEYRING', 'DATABASE_URL'])('refuses to start in production without %s', (name) => {
    expect(() => loadConfig({ ...production(), [name]: undefined })).toThrow(name);
  });

  it('allows no outbound exemption in production unless it is asked for', () => {
    expect(loadConfig(production()).egressAllow).toEqual([]);
    expect(loadConfig(base()).egressAllow).toContain('127.0.0.0/8');
  });

  it('has rate limits on, and lets a load test turn them off, but not in production', () => {
    expect(loadConfig(base()).rateLimits).toBe(true);
    expect(loadConfig(production()).rateLimits).toBe(true);
    expect(loadConfig({ ...base(), RATE_LIMITS: 'off' }).rateLimits).toBe(false);
    expect(() => loadConfig({ ...production(), RATE_LIMITS: 'off' })).toThrow(/RATE_LIMITS.*production/);
  });

  it('believes no proxy that is not named', () => {
    expect(loadConfig(base()).trustedProxies).toEqual([]);
    const named = loadConfig({ ...base(), TRUSTED_PROXIES: '10.0.0.0/8, 192.0.2.7,2001:db8::/32' });
    expect(named.trustedProxies).toEqual(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
  });

  it.each([
    ['PORT', '0'],
    ['PORT', '80a'],
    ['PUBLIC_URL', 'https://x.test/path'],
    ['PUBLIC_URL', 'nonsense'],
    ['ADMIN_TOKEN', 'short'],
    ['ROLES', 'api,cron'],
    ['LOG_LEVEL', 'loud'],
    ['RATE_LIMITS', 'false'],
    ['TRUSTED_PROXIES', 'proxy.internal'],
    ['TRUSTED_PROXIES', '10.0.0.0/8,10.0.0.0/33'],
    ['TRUSTED_PROXIES', '0.0.0.0/0'],
    ['TRUSTED_PROXIES', '::/0'],
    ['TRUSTED_PROXIES', '10.0.0.0/8/8'],
    ['METRICS_TOKEN', 'short'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['VAULT_KEYRING', 'k1'],
    ['VAULT_KEYRING', 'k1:AAAA'],
    ['VAULT_KEYRING', `k1:${Buffer.alloc(32).toString('base64')}`],
    ['VAULT_KEYRING', `k1:${key(1)},k1:${key(2)}`],
    ['VAULT_KEYRING', `k1:${key(1)},k2:${key(1)}`],
  ])('answers a bad %s (%s) with a sentence that names it', (name, value) => {
    const load = () => loadConfig({ ...base(), [name]: value });
    expect(load).toThrow(ConfigError);
    expect(load).toThrow(name);
  });

  it('records no traces without a collector, and reads what OpenTelemetry calls its own with one', () => {
    const others = { OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20abc=', OTEL_TRACES_SAMPLER_ARG: '0.1' };
    expect(loadConfig({ ...base(), ...others }).tracing).toBeUndefined();
    expect(loadConfig({ ...base(), ...others, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' }).tracing).toEqual({
      endpoint: 'http://localhost:4318',
      headers: { authorization: 'Bearer abc=' },
      serviceName: 'gatehouse',
      sampledPart: 0.1,
    });
  });

  it('takes an empty value for none, as Docker Compose passes on what .env leaves out', () => {
    const names = ['PUBLIC_URL', 'TRUSTED_PROXIES', 'LOG_LEVEL', 'METRICS_TOKEN', 'TRACE_TO'];
    const tracing = ['ENDPOINT', 'HEADERS'].map((name) => `OTEL_EXPORTER_OTLP_${name}`);
    const all = [...names, ...tracing, 'OTEL_SERVICE_NAME', 'OTEL_TRACES_SAMPLER_ARG'];
    const settings = { ...production(), DATA_DIR: folders };
    const empty = Object.fromEntries(all.map((name) => [name, '']));
    expect(loadConfig({ ...settings, ...empty })).toEqual(loadConfig(settings));
    const traced = { ...settings, OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4318' };
    expect(loadConfig({ ...traced, OTEL_SERVICE_NAME: '', OTEL_TRACES_SAMPLER_ARG: '' }).tracing).toEqual(
      loadConfig(traced).tracing,
    );
  });

  it('never prints a secret', () => {
    const config = loadConfig(base());
    expect(JSON.stringify({ config })).toBe('{"config":"[config]"}');
    expect(inspect({ config })).toBe('{ config: [config] }');
  });
});
