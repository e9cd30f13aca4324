import { ask, post } from './backend.js';
import { h } from './dom.js';
import { elapsed, runRow } from './run-row.js';

// What a rate limit of 60 requests a minute bears.
const delaysSeconds = [1, 1, 2, 3, 5];
const kept = 20;

/** The runs that this person started in this browser, newest first. A reload goes on where it was. */
export class Runs {
  #storage;
  #runs;
  #rows = new Map();
  #list = h('div', { class: 'runs', 'aria-live': 'polite' });
  #empty = h('p', { class: 'quiet empty' }, 'Nothing has run yet. Results appear here.');

  constructor(personId) {
    this.#storage = `runs:${personId}`;
    this.#runs = JSON.parse(localStorage.getItem(this.#storage) ?? '[]');
    this.element = h('section', { class: 'panel runs-panel' }, h('h2', {}, 'Runs'), this.#list);
    this.#list.append(...(this.#runs.length ? this.#runs.map((run) => this.#show(run)) : [this.#empty]));
    for (const run of this.#runs) if (run.status === 'waiting') void this.#follow(run);
    setInterval(() => this.#tick(), 100);
  }

  /** Rejects, with words, when the run could not be started. */
  async start({ action, connection, app, inputs }) {
    const { data } = await post('/api/runs', { action: action.id, connection: connection?.id, inputs });
    const account = connection?.account?.title ?? connection?.title;
    const what = { id: data.id, title: action.title, account, app: app.title };
    const run = { ...what, startedAt: Date.now(), status: 'waiting' };
    this.#runs.unshift(run);
    this.#runs.splice(kept);
    this.#save();
    this.#empty.remove();
    this.#list.querySelector('details[open]')?.removeAttribute('open');
    this.#list.prepend(this.#show(run));
    void this.#follow(run);
  }

  async #follow(run) {
    for (let asked = 0; run.status === 'waiting'; asked += 1) {
      const delay = delaysSeconds[asked] ?? delaysSeconds.at(-1);
      await new Promise((resolve) => setTimeout(resolve, delay * 1000));
      const state = await readRun(run.id);
      if (state.status === 'success' || state.status === 'error') {
        Object.assign(run, state, { id: run.id, endedAt: Date.now() });
      }
    }
    this.#save();
    this.#show(run);
  }

  #show(run) {
    const row = runRow(run, { isOpen: run === this.#runs[0] });
    this.#rows.get(run.id)?.replaceWith(row);
    this.#rows.set(run.id, row);
    return row;
  }

  #tick() {
    for (const run of this.#runs) {
      if (run.status === 'waiting') this.#rows.get(run.id).querySelector('.elapsed').textContent = elapsed(run);
    }
  }

  #save() {
    localStorage.setItem(this.#storage, JSON.stringify(this.#runs));
  }
}

/** Waiting as long as nobody says otherwise: a run goes on while the network does not. */
async function readRun(id) {
  try {
    return (await ask(`/api/runs/${encodeURIComponent(id)}`)).data;
  } catch (error) {
    const gone = { status: 'error', errors: [{ title: 'This run is not kept any more.' }] };
    return error.status === 404 ? gone : { status: 'waiting' };
  }
}
