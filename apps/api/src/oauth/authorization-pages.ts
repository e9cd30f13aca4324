import { html } from 'ghtml';
import { page, type Page } from '#libs/connect';
import { AuthorizationFailure, MAX_ACCESS_TOKEN_SECONDS, type ConsentQuestion } from '#libs/oauth';
import type { Problem } from '#libs/errors';
import type { Client } from '#libs/tenants';
import { scopeSentences } from './scope-sentences.js';

/** Who asks, for what, whose account it is, and two ways on. Going nowhere leaves everything as it is. */
export function consentPage({ tenant, client, request, formToken }: ConsentQuestion): Page {
  const target = new URL(request.redirectUri);
  return page({
    title: `Allow ${client.name}`,
    formTargets: formTargets(target),
    body: html`<h1>${client.name} asks for access to your ${tenant.name} account</h1>
      <p>If you allow it, ${client.name} may:</p>
      <ul>
        !${scopeSentences(request.scopes).map((sentence) => html`<li>${sentence}</li>`)}
      </ul>
      <p>You are signed in as <b>${request.userSubject}</b>. ${lasting(client, request)}</p>
      <form method="post" action="/oauth/consent/${request.id}">
        <input type="hidden" name="form_token" value="${formToken}" />
        <button class="button" name="decision" value="allow">Allow</button>
        <button class="button quiet" name="decision" value="cancel">Cancel</button>
      </form>
      <small>You will go on to ${target.host}.</small>`,
  });
}

export function failurePage(failure: AuthorizationFailure | Problem): Page {
  const [status, advice] =
    failure instanceof AuthorizationFailure ? [400, failure.advice] : [failure.status, adviceFor(failure)];
  return page({
    status,
    title: 'Not authorized',
    body: html`<h1>This could not be authorized</h1>
      <p role="alert">${advice}</p>
      <small>${failure.message}</small>`,
  });
}

function lasting({ name, grants }: Client, { responseType }: ConsentQuestion['request']): string {
  const hours = MAX_ACCESS_TOKEN_SECONDS / 3600;
  if (responseType === 'token' || !grants.includes('refresh_token')) return `The access ends after ${hours} hours.`;
  return `The access lasts ${hours} hours, and ${name} can renew it until it is revoked.`;
}

/**
 * Chromium checks every redirect that follows a form against `form-action`, also those behind the client's own page, of which we know nothing:
 * so any page of the same scheme, and any with TLS.
 */
function formTargets({ protocol }: URL): string[] {
  return protocol === 'https:' ? ['https:'] : ['https:', protocol];
}

function adviceFor({ status }: Problem): string {
  if (status >= 500) return 'Something failed on our side. Wait a moment, then load this page again.';
  return 'There is nothing at this address. Go back to where you came from and start again.';
}
