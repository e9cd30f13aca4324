import { html } from 'ghtml';
import type { ConnectFailure } from './connect-failure.js';
import type { ConnectResult } from './connect-result.js';
import { openerOrigins } from './opener-origins.js';
import { page, scriptData, type Page } from './page.js';
import { lookOf, marks } from './page-looks.js';
import { fallbackRedirect, resultRedirect } from './result-redirect.js';
import { english as texts } from './texts.js';

/** For a browser that can be sent nowhere: the tenant is unknown, or the redirect URI is not registered. */
export function errorPage(failure: ConnectFailure): Page {
  return page({
    status: failure.status,
    title: texts.errorPage.title,
    body: html`<h1>${texts.errorPage.title}</h1>
      <p role="alert">${failure.advice}</p>
      <small>${failure.description}</small>`,
  });
}

/**
 * Tells the window that opened this one. The message goes to the registered origin that the session is for and to no other: the browser
 * delivers it only where the opener is of it. It carries no token.
 */
export function resultPage(result: ConnectResult): Page {
  const { attempt, tenant, app } = result;
  const names = { tenant: tenant.name, app: app?.definition.title ?? texts.result.anApp };
  const hasFailed = 'failure' in result;
  const heading = hasFailed ? texts.result.notConnected(names) : texts.result.connected(names);
  const back = resultRedirect(result);
  return page({
    ...lookOf(attempt, tenant, app),
    title: heading,
    body: html`!${app ? marks(tenant, app) : ''}
      <h1>${heading}</h1>
      <p role="${hasFailed ? 'alert' : 'status'}">${sentenceOf(result, back)}</p>
      !${wayBack(back, names)} !${back === null ? cutOff(result, names) : ''}`,
    ...(back === null && { script: scriptOf(result) }),
  });
}

function sentenceOf(result: ConnectResult, back: string | null): string {
  if ('failure' in result) return result.failure.advice;
  const names = { tenant: result.tenant.name, app: result.app.definition.title };
  return back !== null && result.connectCode !== null ? texts.result.finish(names) : texts.result.close(names);
}

function wayBack(back: string | null, names: { tenant: string; app: string }): string {
  return back === null ? '' : html`<a class="button" href="${back}">${texts.result.back(names)}</a>`;
}

/** Shown by the script where there is no opener: under the strict policy the partner then knows nothing of what the person did. */
function cutOff(result: ConnectResult, names: { tenant: string; app: string }): string {
  if ('failure' in result || result.connectCode === null) return '';
  const fallback = fallbackRedirect(result);
  const body =
    fallback === null
      ? html`<p>${texts.result.cutOff(names)}</p>`
      : html`<p>${texts.result.finish(names)}</p>
          <a class="button" href="${fallback}">${texts.result.back(names)}</a>`;
  return html`<div id="cut-off" hidden>!${body}</div>`;
}

/**
 * A page of the third party that severs its opener (COOP) severs it for good: `opener` is then null here. The channel reaches pages of our own
 * origin, which the partner's is where Connect is served under its domain; else the result goes on to the page that the link named.
 */
function scriptOf(result: ConnectResult): string {
  const { attempt, tenant } = result;
  return `const message = ${scriptData(messageOf(result))};
const fallback = ${scriptData(fallbackRedirect(result))};
history.replaceState(null, '', ${scriptData(`/connect/${attempt.id}`)});
new BroadcastChannel('gatehouse-connect').postMessage(message);
if (window.opener) {
  for (const origin of ${scriptData(openerOrigins(attempt, tenant))}) window.opener.postMessage(message, origin);
  window.close();
} else if (fallback) {
  location.replace(fallback);
} else {
  document.getElementById('cut-off')?.removeAttribute('hidden');
}`;
}

/** protocol.md §5.2, and what the strict policy adds. */
function messageOf(result: ConnectResult): Record<string, string> {
  const { attempt } = result;
  const common = { attempt: attempt.id, ...(attempt.partnerState !== null && { state: attempt.partnerState }) };
  if ('failure' in result) return { type: 'authenticationError', error: result.failure.description, ...common };
  return {
    type: 'authenticationSuccess',
    authId: result.connectionId,
    ...(result.connectCode !== null && { connect_code: result.connectCode }),
    ...common,
  };
}
