import { post } from './backend.js';
import { alertBox, h, skeleton } from './dom.js';
import { createField, setChoices } from './fields.js';

/** The form of an action, generated from its inputs. `onRun` gets the values and may reject with words. */
export function actionForm({ action, connectionId, onRun }) {
  const element = h('div', { class: 'form-area' }, skeleton(3));
  const path = `/api/actions/${encodeURIComponent(action.id)}/inputs`;
  let fields = [];
  const soFar = () => ({ connection: connectionId, inputs: readValues(fields) });

  const load = async () => {
    try {
      const { data } = await post(path, soFar());
      const before = new Map(fields.map(({ input, control }) => [input.id, control]));
      fields = createFields(data, before);
      element.replaceChildren(formOf(data, fields, { onChange, submit: () => onRun(readValues(fields)) }));
      for (const field of fields) if (field.control.disabled) void fill(field);
    } catch (error) {
      element.replaceChildren(alertBox(error.message, load));
    }
  };
  const fill = async (field) => {
    field.element.querySelector('.alert')?.remove();
    try {
      const { data } = await post(`${path}/${encodeURIComponent(field.input.id)}/choices`, soFar());
      setChoices(field, data);
    } catch (error) {
      field.element.append(alertBox(`The choices could not be loaded. ${error.message}`));
    }
  };
  const onChange = ({ target }) => {
    if (fields.find(({ control }) => control === target)?.input.invalidates_input_fields) void load();
    const dependent = fields.filter(
      ({ input }) => input.format === 'SELECT' && input.depends_on?.includes(target.name),
    );
    for (const field of dependent) void fill(field);
  };
  void load();
  return element;
}

/** What was typed before stays, where the field still exists. */
function createFields(inputs, before) {
  const flat = inputs.flatMap((input) => (input.type === 'fieldset' ? input.fields : [input]));
  const fields = flat.filter(({ type }) => type !== 'info_field').map(createField);
  for (const field of fields) {
    const control = before.get(field.input.id);
    if (control?.type === 'checkbox') field.control.checked = control.checked;
    else if (control?.tagName === 'SELECT') field.start = control.value;
    else if (control) field.control.value = control.value;
  }
  return fields;
}

function readValues(fields) {
  const filled = fields.map((field) => [field.input.id, field.read()]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(filled);
}

function formOf(inputs, fields, { onChange, submit }) {
  const notes = inputs.filter(({ type }) => type === 'info_field');
  const words = notes.map(({ description }) => h('p', { class: 'quiet' }, description));
  const none = fields.length === 0 && h('p', { class: 'quiet' }, 'This action needs nothing from you.');
  const grid = h('div', { class: 'fields' }, words, none, ...fields.map(({ element }) => element));
  const problem = h('div', { 'aria-live': 'assertive' });
  const button = h('button', { type: 'submit', 'data-notes': 'run' }, 'Run');
  const onsubmit = async (event) => {
    event.preventDefault();
    problem.replaceChildren();
    button.disabled = true;
    try {
      await submit();
    } catch (error) {
      problem.replaceChildren(alertBox(error.message));
    }
    button.disabled = false;
  };
  const foot = h('div', { class: 'submit' }, button);
  return h('form', { onsubmit, onchange: onChange, autocomplete: 'off' }, grid, problem, foot);
}
