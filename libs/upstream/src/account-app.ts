import type { Upstream } from './upstream.entity.js';

/** Ends the key of an upstream's account app: the hidden app that is a person's own account there, in the mode `user`. */
const ACCOUNT = ':account';

export function accountAppKey({ name }: Pick<Upstream, 'name'>): string {
  return name + ACCOUNT;
}
