import { accessView } from './access.js';
import { adminKeysView } from './admin-keys.js';
import { button } from './acting.js';
import { get, sentenceOf, SIGNED_OUT } from './api.js';
import { appsView } from './apps.js';
import { auditView } from './audit.js';
import { connectionsView } from './connections.js';
import { h } from './dom.js';
import { keysView } from './keys.js';
import { killSwitchView } from './kill-switch.js';
import { overviewView } from './overview.js';
import { addressOf, platformPlace, tenantPlace, type Place, type View } from './place.js';
import { runsView } from './runs.js';
import { current, readSession, signOut } from './session.js';
import { signInPage } from './sign-in.js';
import { ago, keepTimes } from './times.js';
import { upstreamsView } from './upstreams.js';
import { usersView } from './users.js';
import { webhooksView } from './webhooks.js';
import type { Tenant } from './wire.js';

type Sections = Readonly<Record<string, readonly [title: string, view: View]>>;

const OF_TENANT: Sections = {
  connections: ['Connections', connectionsView],
  runs: ['Runs', runsView],
  keys: ['Signing keys', keysView],
  access: ['Access', accessView],
  users: ['Users', usersView],
  apps: ['Apps', appsView],
  webhooks: ['Webhooks', webhooksView],
  upstreams: ['Upstreams', upstreamsView],
  audit: ['Audit', auditView],
  'kill-switch': ['Kill switch', killSwitchView],
};
const OF_PLATFORM: Sections = {
  overview: ['Overview', overviewView],
  'admin-keys': ['Admin keys', adminKeysView],
  keys: ['Own signing keys', keysView],
  audit: ['Own audit', auditView],
};

interface Route {
  place: Place;
  section: string;
}

/** `#/t/{slug}/{section}` or `#/platform/{section}`; what is neither is where one begins. */
function routeOf(hash: string): Route {
  const { tenant } = current();
  const [, kind, first = '', second = ''] = hash.replace(/^#/, '').split('/').map(decodeURIComponent);
  if (kind === 't' && second in OF_TENANT) return { place: tenantPlace(first), section: second };
  if (kind === 'platform' && first in OF_PLATFORM && tenant === null) return { place: platformPlace, section: first };
  return tenant === null
    ? { place: platformPlace, section: 'overview' }
    : { place: tenantPlace(tenant), section: 'connections' };
}

/** Where the views of a place change, their links do, and what the one before read ends. */
class Console {
  readonly #nav = h('nav', { 'aria-label': 'Console' });
  readonly #main = h('main', { id: 'main' });
  #slugs: string[] = [];
  #shown = new AbortController();

  constructor(readonly onSignedOut: (why: string | null) => void) {}

  async open(): Promise<void> {
    const { tenant } = current();
    this.#slugs =
      tenant === null ? (await get<{ tenants: Tenant[] }>('/admin/tenants')).tenants.map(({ slug }) => slug) : [tenant];
    const skip = h(
      'a',
      { class: 'skip', href: '#main', onclick: (event: Event) => this.#skip(event) },
      'Skip to the content',
    );
    document.body.replaceChildren(skip, this.#nav, this.#main, h('div', { id: 'toasts' }));
    this.show(false);
  }

  show(isTurn: boolean): void {
    const route = routeOf(location.hash);
    this.end();
    this.#shown = new AbortController();
    const sections = route.place.slug === null ? OF_PLATFORM : OF_TENANT;
    const [title, view] = sections[route.section] ?? ['Overview', overviewView];
    document.title = `${title} · ${route.place.name} · Gatehouse`;
    this.#nav.replaceChildren(...this.#links(route));
    this.#nav.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    this.#main.replaceChildren(view(route.place, this.#shown.signal));
    if (!isTurn) return;
    document.querySelector('#toasts')?.replaceChildren();
    this.#main.querySelector('h1')?.focus();
  }

  end(): void {
    this.#shown.abort();
  }

  #links(route: Route): HTMLElement[] {
    const link = (place: Place, [section, [title]]: [string, Sections[string]]) => {
      const isHere = place.slug === route.place.slug && section === route.section;
      return h('a', { href: addressOf(place, section), 'aria-current': isHere ? 'page' : null }, title);
    };
    const { tenant, name, read_only: readOnly, expires_at: ends } = current();
    const platform = tenant === null ? Object.entries(OF_PLATFORM).map((entry) => link(platformPlace, entry)) : [];
    const slug = route.place.slug ?? tenant ?? this.#slugs[0] ?? null;
    const ofTenant = slug === null ? [] : Object.entries(OF_TENANT).map((entry) => link(tenantPlace(slug), entry));
    const leave = button('Sign out', async () => {
      await signOut();
      this.onSignedOut(null);
    });
    const who = [
      h('b', {}, name),
      readOnly && h('small', {}, 'may only read'),
      h('small', {}, 'session ends ', ago(ends)),
      leave,
    ];
    return [
      h('div', { class: 'brand' }, 'Gatehouse'),
      h('div', { class: 'links' }, ...platform),
      h('div', { class: 'links' }, slug !== null && this.#choice(slug, route), ...ofTenant),
      h('div', { class: 'who' }, ...who),
    ];
  }

  #choice(slug: string, { place, section }: Route): HTMLElement {
    const slugs = this.#slugs.includes(slug) ? this.#slugs : [slug, ...this.#slugs];
    const options = slugs.map((one) => h('option', { value: one, selected: one === slug }, one));
    const go = (event: Event) => {
      const chosen = tenantPlace((event.target as HTMLSelectElement).value);
      location.hash = addressOf(chosen, place.slug === null ? 'connections' : section);
    };
    return h('select', { class: 'tenant', 'aria-label': 'Tenant', onchange: go }, ...options);
  }

  #skip(event: Event): void {
    event.preventDefault();
    this.#main.querySelector('h1')?.focus();
  }
}

function begin(): void {
  let shown: Console | null = null;
  const askIn = (why: string | null) => {
    shown?.end();
    shown = null;
    document.title = 'Sign in · Gatehouse';
    document.body.replaceChildren(signInPage(why, enter));
    document.querySelector('input')?.focus();
  };
  const enter = async () => {
    const opened = new Console(askIn);
    try {
      await opened.open();
      shown = opened;
    } catch (error) {
      opened.end();
      askIn(sentenceOf(error));
    }
  };
  addEventListener('hashchange', () => shown?.show(true));
  addEventListener(SIGNED_OUT, () => shown && askIn('Your session is over. Sign in again.'));
  keepTimes();
  readSession()
    .then((session) => (session ? enter() : askIn(null)))
    .catch((error: unknown) => askIn(sentenceOf(error)));
}

begin();
