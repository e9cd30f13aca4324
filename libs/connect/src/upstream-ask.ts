import { html } from 'ghtml';
import type { AskOptions } from './ask-options.js';
import type { ConsentContext } from './consent-contexts.js';
import { scriptData } from './page.js';
import { english as texts } from './texts.js';
import { upstreamOrigins } from './upstream-address.js';

/** For an app whose accounts are at an upstream: one button, which leads there. */
export function throughUpstream(context: ConsentContext, options: AskOptions): string {
  const { attempt, tenant, app, upstream } = context;
  const names = { tenant: tenant.name, app: app.definition.title };
  const there = upstream?.title ?? '';
  const then = tenant.connectPolicy === 'zapier' ? texts.ask.accountThen(names) : texts.ask.accountThenAgain(names);
  return html`<p>
      ${options.accountFirst ? `${texts.ask.accountFirst(names, there)} ${then}` : texts.ask.through(names, there)}
    </p>
    !${options.popupNeeded ? html`<p class="alert" role="alert">${texts.ask.popupNeeded}</p>` : ''}
    <p role="status">
      <span id="popup-open" hidden>${texts.ask.popupOpen(names)}</span
      ><span id="popup-closed" hidden>${texts.ask.popupClosed}</span>
    </p>
    <a class="button" data-connect="continue" href="/connect/${attempt.id}/start"
      >${texts.ask.continue({ ...names, ...(options.accountFirst && { app: there }) })}</a
    >
    !${popupScript(context, options) === null ? '' : returnForm(attempt.id, options.formToken)}`;
}

/** What the script sends on from the popup. */
function returnForm(attemptId: string, formToken: string): string {
  return html`<form method="post" action="/connect/${attemptId}/popup" id="popup-told" hidden>
    <input type="hidden" name="form_token" value="${formToken}" />
    !${TOLD.map((name) => html`<input type="hidden" name="${name}" disabled />`)}
  </form>`;
}

const TOLD = ['authentication_id', 'connect_code', 'attempt', 'error'] as const;

/**
 * Opens the upstream's page as a popup (protocol.md §5.2) and hears what it tells, from that very window and the upstream's origins alone. Whether
 * what it tells is true is for our server to find out. Where the popup loses us, and comes back to us itself, the channel tells.
 * @returns null where the button is a plain link
 */
export function popupScript({ attempt, app, upstream }: ConsentContext, { accountFirst }: AskOptions): string | null {
  const isPopup = upstream?.connect === 'popup' || upstream?.mode === 'user';
  if (app.definition.security.kind !== 'upstream' || !upstream || !isPopup || accountFirst) return null;
  return `const path = ${scriptData(`/connect/${attempt.id}`)};
const attempt = ${scriptData(attempt.id)};
const origins = ${scriptData(upstreamOrigins(upstream))};
const form = document.getElementById('popup-told');
const button = document.querySelector('[data-connect=continue]');
let popup = null;
let isTold = false;
let timer;
function show(id) {
  for (const name of ['popup-open', 'popup-closed']) document.getElementById(name).hidden = name !== id;
}
function tell(values) {
  isTold = true;
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    form.elements[name].disabled = false;
    form.elements[name].value = String(value);
  }
  form.submit();
}
function look() {
  if (!popup.closed) return;
  clearInterval(timer);
  // Some browsers close the window before they deliver what it said last.
  setTimeout(() => isTold || show('popup-closed'));
}
// The name is this attempt's own: we may be a popup ourselves, and one of the same name would be this very window.
button.addEventListener('click', (event) => {
  if (popup && !popup.closed) popup.focus();
  else popup = open(path + '/start?window=popup', 'connect-' + attempt, 'popup,width=980,height=700');
  if (!popup) return;
  event.preventDefault();
  show('popup-open');
  clearInterval(timer);
  timer = setInterval(look, 250);
});
addEventListener('message', ({ origin, source, data }) => {
  if (isTold || !popup || source !== popup || !origins.includes(origin) || !data) return;
  const id = data.authId ?? data.authentication_id ?? data.connection_id;
  const hasId = id !== undefined && id !== null;
  if (data.type === 'authenticationError') tell({ error: data.error ?? 'server_error' });
  else if (hasId && (data.type === 'authenticationSuccess' || data.type === 'zapier.popup.close')) {
    tell({ authentication_id: id, connect_code: data.connect_code, attempt: data.attempt });
  }
});
new BroadcastChannel('gatehouse-connect').addEventListener('message', ({ data }) => {
  if (!isTold && data.attempt === attempt) location.replace(path + '/on');
});`;
}
