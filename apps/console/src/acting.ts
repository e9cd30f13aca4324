import { sentenceOf } from './api.js';
import { h } from './dom.js';
import { mayWrite } from './session.js';

const SHOWN_MILLISECONDS = 8000;

/** A word on what was done, or why it was not, which goes by itself. */
export function tell(sentence: string, tone: 'good' | 'bad' = 'good'): void {
  const toast = h('div', { class: `toast ${tone}`, role: tone === 'bad' ? 'alert' : 'status' }, sentence);
  const away = () => toast.remove();
  toast.append(h('button', { type: 'button', class: 'close', 'aria-label': 'Dismiss', onclick: away }, '×'));
  document.querySelector('#toasts')?.append(toast);
  if (tone === 'good') setTimeout(away, SHOWN_MILLISECONDS);
}

/** Runs it, and says why where it is refused. */
export async function attempt(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    tell(sentenceOf(error), 'bad');
  }
}

interface ButtonLook {
  kind?: 'primary' | 'danger' | 'plain';
  /** Says which one it is when its row is drawn anew. */
  act?: string;
  label?: string;
}

/** At rest while its work is under way. */
export function button(text: string, work: () => Promise<unknown>, { kind = 'plain', act, label }: ButtonLook = {}) {
  const press = async () => {
    made.disabled = true;
    await attempt(work);
    made.disabled = false;
  };
  const properties = { type: 'button', class: `button ${kind}`, 'data-act': act ?? null, 'aria-label': label ?? null };
  const made: HTMLButtonElement = h('button', { ...properties, onclick: () => void press() }, text);
  return made;
}

/** A button that changes something: not there for whoever may only read. */
export function action(text: string, work: () => Promise<unknown>, look: ButtonLook = {}): HTMLButtonElement | null {
  return mayWrite() ? button(text, work, look) : null;
}

interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  verb: string;
  danger?: boolean;
  /** What has to be typed before. */
  typed?: string | undefined;
  /** What there is to read or to choose besides. */
  more?: HTMLElement;
}

/** Asks before something is done. Esc and the other button mean no; that button has the focus where nothing is to be typed. */
export function confirmed({ title, text, verb, danger = false, typed, more }: Question): Promise<boolean> {
  const yes = h(
    'button',
    { class: `button ${danger ? 'danger' : 'primary'}`, value: 'yes', disabled: typed !== undefined },
    verb,
  );
  const onInput = (event: Event) => (yes.disabled = (event.target as HTMLInputElement).value !== typed);
  const input = h('input', {
    name: 'typed',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: onInput,
    autofocus: true,
  });
  const asked =
    typed !== undefined &&
    h('label', { class: 'field' }, h('span', {}, 'Type ', h('b', {}, typed), ' to go on'), input);
  const no = h(
    'button',
    { class: 'button plain', value: 'no', formnovalidate: true, autofocus: typed === undefined },
    'Cancel',
  );
  const form = h(
    'form',
    { method: 'dialog' },
    h('h2', {}, title),
    h('p', {}, text),
    more,
    asked,
    h('div', { class: 'row answers' }, yes, no),
  );
  const dialog = h('dialog', { 'aria-label': title }, form);
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
  });
}
