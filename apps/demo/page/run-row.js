import { h, icon, span } from './dom.js';
import { jsonView } from './json-view.js';

const states = {
  waiting: { words: 'Running' },
  success: { words: 'Done', icon: 'check' },
  error: { words: 'Failed', icon: 'cross' },
};

/** One run: how it stands, how long it took, and what came of it. */
export function runRow(run, { isOpen }) {
  const state = states[run.status];
  const mark = h('span', { class: 'state' }, state.icon ? icon(state.icon) : h('i', { class: 'spinner' }));
  const where = h('small', {}, [run.app, run.account].filter(Boolean).join(' · '));
  const time = h('div', { class: 'run-time' }, h('b', {}, state.words), h('small', { class: 'elapsed' }, elapsed(run)));
  const head = h(
    'div',
    { class: 'run-head' },
    mark,
    h('div', { class: 'run-title' }, h('b', {}, run.title), where),
    time,
  );
  return h('article', { class: 'run', 'data-run': run.id, 'data-status': run.status }, head, outcome(run, isOpen));
}

export function elapsed(run) {
  const seconds = ((run.endedAt ?? Date.now()) - run.startedAt) / 1000;
  return seconds < 60 ? `${seconds.toFixed(1)} s` : span(seconds);
}

function outcome({ status, results = [], errors = [] }, isOpen) {
  if (status === 'error')
    return errors.length ? errors.map(problem) : problem({ title: 'It failed without a reason.' });
  if (status === 'waiting') return undefined;
  if (results.length === 0) return h('small', {}, 'It gave no result.');
  const [label, value] = results.length === 1 ? ['Result', results[0]] : [`${results.length} results`, results];
  return h('details', { open: isOpen }, h('summary', {}, label), jsonView(value));
}

function problem({ title, detail }) {
  const words = title && detail && title !== detail ? `${title}: ${detail}` : (detail ?? title);
  return h('p', { class: 'problem' }, words);
}
