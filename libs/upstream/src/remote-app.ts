import { idText, isObject, textOf, type JsonObject } from './upstream-body.js';

/** An app as an upstream lists it. */
export interface RemoteApp {
  id: string;
  /** Its id where it has none. */
  key: string;
  title: string;
  description: string;
  image: string | null;
  categories: string[];
  actionTypes: string[];
}

/** Null for what has no id, or no title. */
export function readApp(item: JsonObject): RemoteApp | null {
  const id = idText(item.uuid) ?? idText(item.id) ?? idText(item.key);
  const title = textOf(item.title);
  if (id === null || title === null) return null;
  const categories = Array.isArray(item.categories) ? item.categories : [];
  const types = Array.isArray(item.action_types) ? item.action_types : [];
  return {
    id,
    key: idText(item.key) ?? textOf(item.slug) ?? id,
    title,
    description: textOf(item.description) ?? '',
    image: imageOf(item),
    categories: categories.flatMap((category) => textOf(isObject(category) ? category.slug : category) ?? []),
    actionTypes: types.flatMap((type) => textOf(type)?.toUpperCase() ?? []),
  };
}

function imageOf({ image, images }: JsonObject): string | null {
  const sizes = isObject(images) ? images : {};
  const found = textOf(image) ?? textOf(sizes.url_64x64) ?? textOf(sizes.url_128x128) ?? textOf(sizes.url_32x32);
  return found !== null && /^https?:\/\//.test(found) ? found : null;
}
