import { html } from 'ghtml';
import type { ConsentContext } from './consent-contexts.js';
import { page, type Page } from './page.js';
import { formTargets, lookOf, marks } from './page-looks.js';
import { english as texts } from './texts.js';

/** For a person who has a connection to this very account already. */
export function choicePage({ attempt, tenant, app }: ConsentContext, account: string, formToken: string): Page {
  const names = { tenant: tenant.name, app: app.definition.title };
  return page({
    ...lookOf(attempt, tenant, app),
    title: texts.duplicate.heading(names),
    formTargets: formTargets(attempt),
    body: html`!${marks(tenant, app)}
      <h1>${texts.duplicate.heading(names)}</h1>
      <p>${texts.duplicate.body(account, names)}</p>
      <form method="post" action="/connect/${attempt.id}/choice">
        <input type="hidden" name="form_token" value="${formToken}" />
        <button class="button" name="choice" value="renew" data-connect="renew">${texts.duplicate.renew}</button>
        <button class="button quiet" name="choice" value="both" data-connect="both">${texts.duplicate.both}</button>
      </form>
      <form method="post" action="/connect/${attempt.id}/cancel">
        <input type="hidden" name="form_token" value="${formToken}" />
        <button class="button quiet" data-connect="cancel">${texts.ask.cancel}</button>
      </form>`,
  });
}

/** The third party is being asked. The page goes on by itself, to `path`. */
export function workingPage({ attempt, tenant, app }: ConsentContext, path: string): Page {
  const names = { tenant: tenant.name, app: app.definition.title };
  return page({
    ...lookOf(attempt, tenant, app),
    title: texts.result.working(names),
    refresh: { seconds: 1, path },
    body: html`!${marks(tenant, app)}
      <h1>${texts.result.working(names)}</h1>
      <p role="status">${texts.result.workingBody}</p>
      <a href="${path}">${texts.result.workingLink}</a>`,
  });
}
