import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import type { AppDefinition, TenantAppView, TenantCatalog } from '#libs/catalog';
import { asTenantId, newId } from '#libs/database';
import { FakeClock } from '#libs/testing';
import { RunApps } from './run-apps.js';

const run = { tenantId: asTenantId(newId()), appId: newId(), appVersion: 1 };

/** A catalog that lets every definition go at once. */
class ForgetfulCatalog {
  reads = 0;

  findVersion(): Promise<TenantAppView> {
    this.reads += 1;
    const definition = { key: 'acme-crm', title: `Acme CRM ${this.reads}` } as AppDefinition;
    const settings = {
      id: run.appId,
      tenantId: null,
      version: 1,
      enabled: true,
      oauthClientId: null,
      scopes: [],
      serverUrl: null,
    };
    return Promise.resolve({ ...settings, definition });
  }
}

async function collectGarbage(): Promise<void> {
  // What a WeakRef answered is kept until the turn is over.
  await delay(0);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}

it('a definition that the catalog has let go is not held for the sake of runs, and is read again when one needs it', async () => {
  const catalog = new ForgetfulCatalog();
  const apps = new RunApps(catalog as unknown as TenantCatalog, new FakeClock());
  const first = new WeakRef((await apps.of(run))?.definition ?? {});
  expect((await apps.of(run))?.definition.title).toBe('Acme CRM 1');
  await collectGarbage();
  expect(first.deref()).toBeUndefined();
  expect((await apps.of(run))?.definition.title).toBe('Acme CRM 2');
});
