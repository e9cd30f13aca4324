import { action, attempt, confirmed, tell } from './acting.js';
import { post, query } from './api.js';
import { filterForm } from './connections.js';
import { code, empty, h, svg } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { ago, span } from './times.js';
import type { Run } from './wire.js';

const STATES = ['queued', 'running', 'polling', 'succeeded', 'failed', 'cancelled', 'outcome_unknown'] as const;
const EVERY_MILLISECONDS = 1500;
const STEP = 26;

/** Runs as they move. Their inputs and results are their users’. */
export function runsView(place: Place, signal: AbortSignal): HTMLElement {
  const filters = filterForm(['app', 'org', 'user'], 'state', STATES, () => void attempt(list.restart));
  const none = h('div');
  const { element, body, row } = table(['Run', 'Owner', 'State', 'Made', 'Took', ''], 'Runs, newest first');
  const draw = (run: Run) =>
    row(
      [h('b', {}, run.action), h('small', {}, run.app, ' · ', code(run.id, 13))],
      [run.user, h('small', {}, run.org)],
      h('div', { class: `run ${run.state}` }, track(run), h('span', {}, words(run.state))),
      ago(run.created_at),
      took(run),
      run.finished_at === null && action('Cancel', () => cancel(run), { act: 'cancel', kind: 'danger' }),
    );
  const cancel = async ({ id, action: key, state }: Run) => {
    const text =
      state === 'queued'
        ? 'Nothing was sent yet.'
        : 'What was sent may be carried out all the same; nobody waits for it any more.';
    if (!(await confirmed({ title: `Cancel ${key}?`, text, verb: 'Cancel the run', danger: true }))) return;
    const ended = await post<Run>(`${place.base}/runs/${id}/cancel`);
    tell(`The run is ${words(ended.state)}.`);
    await list.refresh();
  };
  const showRows = keyed(body, ({ id }: Run) => id, draw);
  const list = pages<Run>({
    address: () => `${place.base}/runs${query(filters.values())}`,
    member: 'runs',
    signal,
    show: (runs) => {
      element.hidden = runs.length === 0;
      none.replaceChildren(...(runs.length === 0 ? [nothing(filters.isSet())] : []));
      showRows(runs);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  return h('article', {}, titled('Runs', place.name), filters.element, none, element, list.more);
}

function nothing(isFiltered: boolean): HTMLElement {
  return isFiltered
    ? empty(
        'No run is like that',
        'Take a filter away. Runs are kept for a while only: see the tenant’s run_retention_days.',
      )
    : empty(
        'Nothing has run yet',
        'A run is made with POST /v2/action-runs, by a user’s token. It shows here as it moves.',
      );
}

/** Three steps and an end: how far it is, and how it ended. */
function track({ state, started_at: started }: Run): SVGElement {
  const reached = { queued: 0, running: 1, polling: 2 }[state as string] ?? (started === null ? 0 : 3);
  const dots = [0, 1, 2, 3].map((step) =>
    svg('circle', {
      cx: 7 + step * STEP,
      cy: 8,
      r: 5,
      class: step === reached ? 'at' : step < reached ? 'done' : 'left',
    }),
  );
  const line = svg('line', { x1: 7, x2: 7 + 3 * STEP, y1: 8, y2: 8, class: 'left' });
  const gone = svg('line', { x1: 7, x2: 7 + reached * STEP, y1: 8, y2: 8, class: 'done' });
  return svg('svg', { class: 'track', width: 14 + 3 * STEP, height: 16, 'aria-hidden': 'true' }, line, gone, ...dots);
}

function words(state: Run['state']): string {
  return state === 'polling' ? 'waiting for the app' : state.replaceAll('_', ' ');
}

function took({ created_at: made, finished_at: ended }: Run): string {
  return ended === null ? '…' : span(Date.parse(ended) - Date.parse(made));
}
