import { h } from './dom.js';

/** A form field for an input of an action. `read` gives its value, or undefined when it is left empty. */
export function createField(input) {
  const make = input.value_type === 'BOOLEAN' ? toggle : input.format === 'SELECT' ? select : text;
  return make(input);
}

/** Gives a field its choices when they have come; what was chosen stays chosen, if it still can be. */
export function setChoices({ input, control, start }, choices) {
  const chosen = String(control.value || start || '');
  const empty = h('option', { value: '' }, input.is_required ? 'Choose…' : 'Not set');
  const options = choices.map(({ id, label, value }) => h('option', { value: id }, label ?? value ?? id));
  control.replaceChildren(empty, ...options);
  control.disabled = false;
  control.value = choices.some(({ id }) => String(id) === chosen) ? chosen : '';
}

function toggle(input) {
  const start = input.default_value?.toLowerCase() === 'true';
  const control = h('input', { type: 'checkbox', name: input.id, role: 'switch', checked: start });
  const words = h('span', {}, h('b', {}, input.title), help(input));
  const read = () => {
    if (!control.checked && !input.default_value && !input.is_required) return undefined;
    return input.format === 'SELECT' ? (control.checked ? 'True' : 'False') : control.checked;
  };
  return { input, control, element: h('label', { class: 'field toggle' }, control, words), read };
}

function select(input) {
  const control = h('select', { name: input.id, required: input.is_required, disabled: true });
  control.append(h('option', { value: '' }, 'Loading…'));
  return {
    input,
    control,
    element: labelled(input, control),
    read: () => control.value || undefined,
    start: input.default_value,
  };
}

function text(input) {
  const control = textControl(input);
  control.value = input.default_value ?? '';
  return { input, control, element: labelled(input, control), read: () => readText(input, control.value) };
}

function textControl(input) {
  const shared = { name: input.id, required: input.is_required, placeholder: input.placeholder || undefined };
  if (isLong(input)) return h('textarea', { ...shared, rows: 4, class: input.format === 'CODE' ? 'code' : undefined });
  const number = { INTEGER: { type: 'number', step: 1 }, NUMBER: { type: 'number', step: 'any' } }[input.value_type];
  const format = { PASSWORD: { type: 'password', autocomplete: 'off' }, DATETIME: { type: 'datetime-local' } }[
    input.format
  ];
  return h('input', { type: 'text', autocomplete: 'off', ...shared, ...number, ...format });
}

function readText(input, value) {
  if (value.trim() === '') return undefined;
  if (input.format === 'DATETIME') return new Date(value).toISOString();
  if (input.value_type === 'INTEGER' || input.value_type === 'NUMBER') return Number(value);
  if (input.value_type === 'ARRAY')
    return value
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  return input.value_type === 'OBJECT' ? readObject(input, value) : value;
}

function readObject(input, value) {
  try {
    return JSON.parse(value);
  } catch {
    throw new Error(`${input.title} must be JSON, for example {"name": "value"}.`);
  }
}

function labelled(input, control) {
  const wide = isLong(input) ? ' wide' : '';
  const mark = input.is_required && h('span', { class: 'mark' }, 'Required');
  return h(
    'label',
    { class: `field${wide}` },
    h('span', { class: 'head' }, h('b', {}, input.title), mark),
    control,
    help(input),
  );
}

function help(input) {
  const list = { ARRAY: ' One per line.', OBJECT: ' As JSON.' }[input.value_type] ?? '';
  const words = `${input.description ?? ''}${list}`.trim();
  return words && h('small', {}, words);
}

function isLong(input) {
  return input.format === 'MULTILINE' || input.format === 'CODE' || ['ARRAY', 'OBJECT'].includes(input.value_type);
}
