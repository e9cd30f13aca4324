import { idText, referenceOf, textOf, type JsonObject } from './upstream-body.js';

/** A connection as an upstream lists it. */
export interface RemoteAuthentication {
  id: string;
  /** The app's id there; null where it does not say. */
  appId: string | null;
  title: string;
  isExpired: boolean;
}

/** Null for what has no id. */
export function readAuthentication(item: JsonObject): RemoteAuthentication | null {
  const id = idText(item.id) ?? idText(item.authentication_id);
  if (id === null) return null;
  const isExpired = item.is_expired === true || item.is_expired === 'true';
  return { id, appId: referenceOf(item.app), title: textOf(item.title) ?? '', isExpired };
}
