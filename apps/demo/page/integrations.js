import { accountList, freshness } from './account.js';
import { actionPanel } from './action-panel.js';
import { appCard } from './app-card.js';
import { ask } from './backend.js';
import { alertBox, h, icon, skeleton } from './dom.js';

const refreshSeconds = 5;

/** The Integrations view: an app, its accounts, what can be done with them, and what was done. */
export class Integrations {
  #session;
  #runs;
  #apps = [];
  #app;
  #connections = new Map();
  #chosenId;
  #notice;
  #cards = h('div', { class: 'apps' }, skeleton(2));
  #account = h('section', { class: 'panel', hidden: true });
  #action = h('div', { hidden: true });
  #column = h('div', { class: 'column' }, this.#account, this.#action);

  /** `problem`: words about a redirect that has just ended. */
  constructor({ session, runs, problem }) {
    this.#session = session;
    this.#runs = runs;
    this.#notice = problem && { problem };
    const words = `Connect the tools that ${session.person.org} already uses, and put your notes to work.`;
    const intro = h('header', { class: 'intro' }, h('h1', {}, 'Integrations'), h('p', { class: 'quiet' }, words));
    this.element = h(
      'div',
      { class: 'view' },
      intro,
      this.#cards,
      h('div', { class: 'columns' }, this.#column, runs.element),
    );
    setInterval(() => this.#keepFresh(), refreshSeconds * 1000);
    setInterval(() => this.#tick(), 1000);
    void this.#load();
  }

  async #load() {
    try {
      this.#apps = (await ask('/api/apps')).data;
      if (this.#apps.length > 0) await this.#open(this.#apps.find(({ key }) => key === 'acme-crm') ?? this.#apps[0]);
      else this.#cards.replaceChildren(h('p', { class: 'quiet' }, 'No apps are offered yet.'));
    } catch (error) {
      this.#cards.replaceChildren(alertBox(error.message, () => this.#load()));
    }
  }

  async #open(app) {
    if (this.#app && this.#app !== app) this.#notice = undefined;
    if (this.#app !== app) this.#chosenId = undefined;
    this.#app = app;
    this.#showCards();
    if (this.#connections.has(app.id)) this.#choose(this.#chosenId);
    else {
      this.#account.hidden = false;
      this.#action.hidden = true;
      show(this.#account, `waiting for ${app.id}`, () => [h('h2', {}, `${app.title} account`), skeleton(1)]);
    }
    await this.#refresh();
  }

  /** Where there are many apps, what was opened is far below them; and the card that had the focus was made anew. */
  async #turnTo(app) {
    await this.#open(app);
    this.#cards.querySelector('[aria-pressed="true"]')?.focus({ preventScroll: true });
    this.#column.scrollIntoView({ block: 'nearest' });
  }

  async #refresh(preferredId) {
    const app = this.#app;
    try {
      const { data } = await ask(`/api/apps/${encodeURIComponent(app.id)}/connections`);
      // What is not confirmed yet may be somebody else's.
      this.#connections.set(
        app.id,
        data.filter(({ status }) => status !== 'pending'),
      );
    } catch (error) {
      if (this.#connections.has(app.id)) return;
      show(this.#account, error, () => [alertBox(error.message, () => this.#refresh(preferredId))]);
      return;
    }
    if (app === this.#app) this.#choose(preferredId ?? this.#chosenId);
  }

  #choose(id) {
    const connections = this.#connections.get(this.#app.id);
    const connection = connections.find((candidate) => candidate.id === id) ?? connections[0];
    const isReady = connection || !needsAccount(this.#app);
    this.#chosenId = connection?.id;
    this.#showCards();
    this.#showAccount();
    this.#action.hidden = !isReady;
    const make = () => (isReady ? [actionPanel({ app: this.#app, connection, runs: this.#runs })] : []);
    show(this.#action, `${this.#app.id} ${this.#chosenId}`, make);
  }

  #showCards() {
    const known = this.#apps.map((app) => this.#connections.get(app.id)?.map(({ status }) => status));
    show(this.#cards, JSON.stringify([this.#app.id, known]), () =>
      this.#apps.map((app) => {
        const connections = this.#connections.get(app.id);
        return appCard(app, { isOpen: app === this.#app, connections, onOpen: () => this.#turnTo(app) });
      }),
    );
  }

  #showAccount() {
    const app = this.#app;
    const connections = this.#connections.get(app.id) ?? [];
    const [chosenId, notice] = [this.#chosenId, this.#notice];
    this.#account.hidden = !needsAccount(app);
    show(this.#account, JSON.stringify([app.id, connections, chosenId, notice]), () => {
      const onNotice = (next) => {
        this.#notice = next;
        if (this.#app === app) this.#showAccount();
      };
      const handlers = { onChoose: (id) => this.#choose(id), onChange: (id) => this.#refresh(id), onNotice };
      return [this.#accountHead(app), ...accountList({ app, connections, chosenId, notice, ...handlers })];
    });
  }

  #accountHead(app) {
    const target = { href: `${this.#session.crmUrl}/contacts`, target: 'acme-crm', rel: 'noopener' };
    const link = app.key === 'acme-crm' && h('a', target, `Open ${app.title}`, icon('out'));
    return h('header', {}, h('h2', {}, `${app.title} account`), link);
  }

  #keepFresh() {
    const isIdle = document.hidden || this.#notice?.busy || !this.#app;
    if (!isIdle && this.#connections.get(this.#app.id)?.length) void this.#refresh();
  }

  #tick() {
    for (const connection of this.#connections.get(this.#app?.id) ?? []) {
      const line = this.#account.querySelector(`[data-connection="${CSS.escape(connection.id)}"]`);
      if (line) line.textContent = freshness(connection);
    }
  }
}

/** Zapier's wire says it with a link that is null. */
function needsAccount(app) {
  return app.links?.connect_new_authentication !== null;
}

const shown = new WeakMap();

/** Replaces the content when its signature changed: elements that stay keep the focus and what was typed. */
function show(element, signature, make) {
  if (shown.get(element) === signature) return;
  shown.set(element, signature);
  element.replaceChildren(...make());
}
