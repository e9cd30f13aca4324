import { idText, referenceOf, textOf, type JsonObject } from './upstream-body.js';

/** An action as an upstream lists it. Its id is good for a moment only: what stays is (app, type, key) (protocol.md §7.5). */
export interface RemoteAction {
  id: string;
  key: string;
  type: string;
  /** The app's id there; null where it does not say. */
  appId: string | null;
  title: string;
  description: string;
  isInstant: boolean;
}

/** Null for what has no id, key or type. */
export function readAction(item: JsonObject): RemoteAction | null {
  const id = idText(item.id);
  const key = idText(item.key);
  const type = textOf(item.action_type)?.toUpperCase();
  if (id === null || key === null || type === undefined) return null;
  return {
    id,
    key,
    type,
    appId: referenceOf(item.app),
    title: textOf(item.title) ?? key,
    description: textOf(item.description) ?? '',
    isInstant: item.is_instant === true,
  };
}
