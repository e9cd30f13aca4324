import { html } from 'ghtml';
import type { ConnectFailure } from './connect-failure.js';
import type { ConsentContext } from './consent-contexts.js';
import type { ConnectResult } from './connect-flow.js';
import { page, scriptData, type Page } from './page.js';

/** Who asks for what, one primary button, and a way out. */
export function consentPage({ attempt, tenant, app }: ConsentContext): Page {
  const { title } = app.definition;
  return page({
    title: `Connect ${title} to ${tenant.name}`,
    formTargets: attempt.redirectUri === null ? [] : [new URL(attempt.redirectUri).origin],
    body: html`
      <div class="marks" aria-hidden="true">
        <span class="mark">${initials(tenant.name)}</span><span aria-hidden="true">&bull;&bull;&bull;</span
        ><span class="mark app">${initials(title)}</span>
      </div>
      <h1>Connect your ${title} account to ${tenant.name}</h1>
      <p>${title} will ask you to sign in and to allow this. ${tenant.name} never sees your password.</p>
      !${permissions(app)}
      <a class="button" data-connect="continue" href="/connect/${attempt.id}/start">Continue to ${title}</a>
      <form method="post" action="/connect/${attempt.id}/cancel">
        <button class="button quiet" data-connect="cancel">Cancel</button>
      </form>
      <small>You can disconnect at any time in ${tenant.name}.</small>
    `,
  });
}

/** For a browser that can be sent nowhere: the tenant is unknown, or the redirect URI is not registered. */
export function errorPage(failure: ConnectFailure): Page {
  return page({
    status: 400,
    title: 'Not connected',
    body: html`<h1>Not connected</h1>
      <p role="alert">${failure.advice}</p>
      <small>${failure.description}</small>`,
  });
}

/**
 * Tells the window that opened this one. The message goes to the tenant's registered origins and to no other: the browser delivers it only
 * where the opener is one of them. It carries no token.
 */
export function resultPage(result: ConnectResult): Page {
  const { tenant, app } = result;
  const failed = 'failure' in result;
  const heading = failed ? `${app.definition.title} was not connected` : `${app.definition.title} is connected`;
  return page({
    title: heading,
    body: html`<h1>${heading}</h1>
      <p role="status">
        ${failed ? result.failure.advice : `You can close this window and go back to ${tenant.name}.`}
      </p>`,
    script: `const message = ${scriptData(messageOf(result))};
if (window.opener) {
  for (const origin of ${scriptData(tenant.origins)}) window.opener.postMessage(message, origin);
  window.close();
}`,
  });
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

function permissions({ definition: { security }, scopes }: ConsentContext['app']): string {
  if (security.kind !== 'oauth2') return '';
  const described = security.scopes.filter(({ name, description }) => scopes.includes(name) && description !== '');
  if (described.length === 0) return '';
  return html`<ul aria-label="What it may do">
    !${described.map(({ description }) => html`<li>${description}</li>`)}
  </ul>`;
}

function initials(name: string): string {
  const words = name.split(/\s+/).filter(Boolean);
  return (words.length > 1 ? `${words[0]?.[0]}${words[1]?.[0]}` : name.slice(0, 2)).toUpperCase();
}
