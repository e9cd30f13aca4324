import { h } from './dom.js';

/** Whose part of the admin API a view shows. */
export interface Place {
  /** Null for Gatehouse itself. */
  slug: string | null;
  /** What to call it. */
  name: string;
  /** `/admin/tenants/{slug}`, or `/admin/platform`. */
  base: string;
}

/** Draws one page. What it reads again and again ends with the signal. */
export type View = (place: Place, signal: AbortSignal) => HTMLElement;

export function tenantPlace(slug: string): Place {
  return { slug, name: slug, base: `/admin/tenants/${encodeURIComponent(slug)}` };
}

export const platformPlace: Place = { slug: null, name: 'Gatehouse itself', base: '/admin/platform' };

export function addressOf({ slug }: Place, section: string): string {
  return slug === null ? `#/platform/${section}` : `#/t/${encodeURIComponent(slug)}/${section}`;
}

/** The heading of a page, whose it is, and what can be done there. */
export function titled(title: string, whose: string | null, ...buttons: (HTMLElement | null)[]): HTMLElement {
  const heading = h('h1', { tabindex: -1 }, title, whose !== null && h('small', {}, whose));
  return h('header', {}, heading, h('div', { class: 'row' }, ...buttons));
}
