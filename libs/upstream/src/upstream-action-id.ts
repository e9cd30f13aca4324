import { isStorable, isUuid } from '#libs/database';

/** What stays of an action of an upstream's app: the upstream's own id of it changes from one list to the next (protocol.md §7.5). */
export interface UpstreamActionName {
  /** Ours. */
  appId: string;
  type: string;
  key: string;
}

/** A key is whatever the upstream calls it, dots and spaces included. */
const FORM = /^up:([0-9a-fA-F-]{36})\.([A-Z_]{1,32})\.(.{1,255})$/s;

/** Opaque to clients, as the ids of our own apps' actions are. */
export function upstreamActionId({ appId, type, key }: UpstreamActionName): string {
  return `up:${appId}.${type}.${key}`;
}

/** @returns null when it is not the id of such an action */
export function readUpstreamActionId(id: string): UpstreamActionName | null {
  const [, appId = '', type = '', key = ''] = FORM.exec(id) ?? [];
  return isUuid(appId) && isStorable(key) ? { appId: appId.toLowerCase(), type, key } : null;
}
