import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fastify } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { afterAll, describe, expect, it } from 'vitest';
import { countSignals } from './counters.js';
import { gauges, type GaugeSources } from './gauges.js';
import { countHttpRequests } from './http-requests.js';

const SUFFIX = /_(bucket|count|sum)$/;
const NAME = /\b(?:gatehouse|nodejs|process)_[a-z0-9_]+\b/g;

const registry = new Registry();
collectDefaultMetrics({ register: registry });
// Nothing is read here, so nothing is asked of them.
gauges(registry, {} as GaugeSources);
countHttpRequests(fastify(), registry);
const end = countSignals(registry);
afterAll(end);

const known = new Set(registry.getMetricsAsArray().map(({ name }) => name));

function namesIn(file: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../../../docs', file), 'utf8');
  return [...new Set([...text.matchAll(NAME)].map(([name]) => name))];
}

const isKnown = (name: string) => known.has(name) || known.has(name.replace(SUFFIX, ''));

describe('the dashboard', () => {
  it('asks for metrics that exist', () => {
    expect(namesIn('grafana/gatehouse.json').filter((name) => !isKnown(name))).toEqual([]);
  });

  it('shows every metric of our own', () => {
    const shown = new Set(
      namesIn('grafana/gatehouse.json').map((name) => (known.has(name) ? name : name.replace(SUFFIX, ''))),
    );
    expect([...known].filter((name) => name.startsWith('gatehouse_') && !shown.has(name))).toEqual([]);
  });
});

it('the page for operators names metrics that exist', () => {
  const names = namesIn('operations.md');
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !isKnown(name))).toEqual([]);
});
