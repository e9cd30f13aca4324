import type { AdapterFactory, AdapterPayload } from 'oidc-provider';
import { Shelf, type FileStore } from './store.js';

/** A spent refresh token is remembered this long, so that its reuse is detected; then it is merely unknown. */
const spentSeconds = 24 * 60 * 60;

/**
 * oidc-provider's storage interface over the file. Each model has a shelf of its own.
 * @param graceSeconds so long a spent refresh token is as good as new
 */
export function fileAdapter(store: FileStore, graceSeconds: number): AdapterFactory {
  return (model) => {
    const shelf = new Shelf<AdapterPayload>(store, `oidc:${model}:`);
    const all = () => shelf.list();
    return {
      upsert: async (id, payload, expiresIn) => shelf.set(id, payload, expiresIn),
      find: async (id) => {
        const payload = shelf.get(id);
        if (typeof payload?.consumed !== 'number' || Date.now() >= (payload.consumed + graceSeconds) * 1000)
          return payload;
        return { ...payload, consumed: undefined };
      },
      findByUid: async (uid) => all().find(({ value }) => value.uid === uid)?.value,
      findByUserCode: async (userCode) => all().find(({ value }) => value.userCode === userCode)?.value,
      destroy: async (id) => shelf.delete(id),
      consume: async (id) => {
        const payload = shelf.get(id);
        const now = Math.floor(Date.now() / 1000);
        const left = (payload?.exp ?? now) - now;
        if (payload) shelf.set(id, { ...payload, consumed: now }, Math.min(left, spentSeconds));
      },
      revokeByGrantId: async (grantId) => {
        const issued = all().filter(({ value }) => value.grantId === grantId);
        shelf.delete(...issued.map(({ id }) => id));
      },
    };
  };
}
