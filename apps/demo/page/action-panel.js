import { actionForm } from './action-form.js';
import { ask } from './backend.js';
import { alertBox, h, skeleton } from './dom.js';

/** The actions of an app for one connection, or for none where none is needed: a choice, and the form of the chosen one. */
export function actionPanel({ app, connection, runs }) {
  const heading = h('h2', {}, 'Action');
  const element = h('section', { class: 'panel' }, heading, skeleton(2));
  const load = async () => {
    try {
      const { data } = await ask(`/api/apps/${encodeURIComponent(app.id)}/actions`);
      element.replaceChildren(heading, ...pick(data, { app, connection, runs }));
    } catch (error) {
      element.replaceChildren(heading, alertBox(error.message, load));
    }
  };
  void load();
  return element;
}

function pick(actions, { app, connection, runs }) {
  if (actions.length === 0) return [h('p', { class: 'quiet' }, `${app.title} offers no actions.`)];
  const area = h('div');
  const show = (action) => {
    for (const button of picker.children) {
      button.setAttribute('aria-pressed', String(button.dataset.action === action.key));
    }
    const onRun = (inputs) => runs.start({ action, connection, app, inputs });
    const form = actionForm({ action, connectionId: connection?.id, onRun });
    area.replaceChildren(h('p', { class: 'quiet' }, action.description), form);
  };
  const buttons = actions.map((action) => {
    const hooks = { 'data-action': action.key, 'aria-pressed': 'false' };
    return h('button', { type: 'button', ...hooks, onclick: () => show(action) }, action.title);
  });
  const picker = h('div', { class: 'picker', role: 'group', 'aria-label': 'Action' }, buttons);
  show(actions.find(({ action_type: type }) => type === 'WRITE') ?? actions[0]);
  return [picker, area];
}
