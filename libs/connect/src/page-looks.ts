import { html } from 'ghtml';
import type { TenantAppView } from '#libs/catalog';
import type { Tenant } from '#libs/tenants';
import { accentOf, type Accent } from './branding.js';
import type { ConnectAttempt } from './connect-attempt.entity.js';
import { upstreamOfAccount } from './upstream-address.js';

/** How a page of one attempt looks, whatever it says. */
export interface Look {
  theme: ConnectAttempt['theme'];
  accent: Accent | undefined;
  /** Absent where the app is not known: such a page has no images. */
  images?: { origins: string[]; icon: string };
}

/** Images are fetched by the browser alone: our server would otherwise go wherever a tenant sends it. The browser sends no Referer. */
export function lookOf({ theme }: ConnectAttempt, { color, logoUrl }: Tenant, app: TenantAppView | null): Look {
  const accent = color === null ? undefined : accentOf(color);
  if (!app) return { theme, accent };
  const { image } = app.definition;
  const urls = [logoUrl, image].filter((url) => url !== null);
  return {
    theme,
    accent,
    images: { origins: [...new Set(urls.map((url) => new URL(url).origin))], icon: tileOf(app) },
  };
}

/** An app of an upstream is known to its tenant alone. */
function tileOf({ definition: { key, title, security } }: TenantAppView): string {
  const isOurs = security.kind !== 'upstream' && upstreamOfAccount(key) === null;
  // By letters: half of one could not be escaped.
  const [initial = ''] = title;
  return isOurs ? `/app-images/${key}.svg` : `/app-images/initials/${encodeURIComponent(initial)}.svg`;
}

/** Who connects with whom. For the eyes only: the heading says it in words. */
export function marks({ name, logoUrl }: Tenant, app: TenantAppView): string {
  const { image } = app.definition;
  const tenantMark =
    logoUrl === null
      ? html`<span class="mark">${initials(name)}</span>`
      : html`<img class="mark" src="${logoUrl}" alt="" width="48" height="48" referrerpolicy="no-referrer" />`;
  const appMark =
    image === null
      ? html`<img class="mark tile" src="${tileOf(app)}" alt="" width="48" height="48" />`
      : html`<img class="mark" src="${image}" alt="" width="48" height="48" referrerpolicy="no-referrer" />`;
  return html`<div class="marks" aria-hidden="true">!${tenantMark}&bull;&bull;&bull;!${appMark}</div>`;
}

function initials(name: string): string {
  const [first = '', second] = name.split(/\s+/).filter(Boolean);
  const letters =
    second === undefined ? lettersOf(first).slice(0, 2) : [first, second].map((word) => lettersOf(word)[0]);
  return letters.join('').toUpperCase();
}

/** What a reader takes for one letter may be several characters. */
function lettersOf(word: string): string[] {
  return Array.from(new Intl.Segmenter().segment(word), ({ segment }) => segment);
}

/**
 * Chromium checks every redirect that follows a form against `form-action`, also those behind the partner's own page, of which we know nothing:
 * so any page of the same scheme, and any with TLS.
 */
export function formTargets({ redirectUri }: ConnectAttempt): string[] {
  if (redirectUri === null) return [];
  const { protocol } = new URL(redirectUri);
  return protocol === 'https:' ? ['https:'] : ['https:', protocol];
}
