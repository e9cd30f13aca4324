import { sentenceOf } from './api.js';
import { field, h } from './dom.js';
import { signIn } from './session.js';

/** @param why what to say first, such as that a session is over */
export function signInPage(why: string | null, done: () => Promise<void>): HTMLElement {
  const input = h('input', {
    name: 'token',
    type: 'password',
    required: true,
    autocomplete: 'current-password',
    autofocus: true,
  });
  const said = h('p', { class: 'alert', role: 'alert', hidden: why === null }, why);
  const submit = h('button', { class: 'button primary' }, 'Sign in');
  const send = async () => {
    submit.disabled = true;
    try {
      await signIn(input.value.trim());
      await done();
    } catch (error) {
      said.hidden = false;
      said.textContent = sentenceOf(error);
      input.select();
    } finally {
      submit.disabled = false;
    }
  };
  const onSubmit = (event: Event) => {
    event.preventDefault();
    void send();
  };
  const help = 'ADMIN_TOKEN, or an admin key. It is sent once, and not kept in this browser.';
  const form = h(
    'form',
    { method: 'post', onsubmit: onSubmit },
    h('h1', {}, 'Gatehouse console'),
    said,
    field('Admin token', input, help),
    submit,
  );
  return h('main', { class: 'sign-in' }, form);
}
