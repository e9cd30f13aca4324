import { html } from 'ghtml';
import type { AskOptions } from './ask-options.js';
import type { FormAgain } from './connecting.js';
import type { ConsentContext } from './consent-contexts.js';
import { fieldsOf, type CredentialField } from './credential-fields.js';
import { page, type Page } from './page.js';
import { popupScript, throughUpstream } from './upstream-ask.js';
import { formTargets, lookOf, marks } from './page-looks.js';
import { english as texts } from './texts.js';

/** Who asks for what and for whose account, one primary button, and a way out. */
export function askPage(context: ConsentContext, options: AskOptions): Page {
  const { attempt, tenant, app } = context;
  const names = { tenant: tenant.name, app: app.definition.title };
  const title = texts.ask.title(names);
  const script = popupScript(context, options);
  return page({
    ...lookOf(attempt, tenant, app),
    status: options.again ? 422 : 200,
    title: options.again ? texts.tried.title(title) : title,
    formTargets: formTargets(attempt),
    ...(script !== null && { script }),
    body: html`
      !${marks(tenant, app)}
      <h1>${attempt.reconnectId === null ? texts.ask.heading(names) : texts.ask.renewHeading(names)}</h1>
      <p>${texts.ask.signedIn(names)}: <b>${context.userTitle}</b></p>
      !${renewal(context, options.renewed)} !${attempt.linkId === null ? '' : html`<p>${texts.ask.notYou(names)}</p>`}
      !${way(context, options)}
      <form method="post" action="/connect/${attempt.id}/cancel">
        <input type="hidden" name="form_token" value="${options.formToken}" />
        <button class="button quiet" data-connect="cancel">${texts.ask.cancel}</button>
      </form>
      <small>${texts.ask.disconnect(names)}</small>
    `,
  });
}

function way(context: ConsentContext, options: AskOptions): string {
  const { kind } = context.app.definition.security;
  if (kind === 'upstream') return throughUpstream(context, options);
  return kind === 'oauth2' ? consent(context) : form(context, options);
}

function renewal({ attempt }: ConsentContext, account: string | null): string {
  if (attempt.reconnectId === null || account === null) return '';
  const sentence = attempt.anyAccount ? texts.ask.renewAnyAccount(account) : texts.ask.renewAccount(account);
  return html`<p>${sentence}</p>`;
}

function consent({ attempt, tenant, app }: ConsentContext): string {
  const names = { tenant: tenant.name, app: app.definition.title };
  const { security } = app.definition;
  const asked = security.kind === 'oauth2' ? security.scopes.filter(({ name }) => app.scopes.includes(name)) : [];
  const described = asked.filter(({ description }) => description !== '');
  const permissions =
    described.length === 0
      ? html`<p>${texts.ask.permissionsUnnamed(names)}</p>`
      : html`<h2 id="permissions">${texts.ask.permissions(names)}</h2>
          <ul aria-labelledby="permissions">
            !${described.map(({ description }) => html`<li>${description}</li>`)}
          </ul>`;
  return html`<p>${texts.ask.consent(names)}</p>
    !${permissions}
    <a class="button" data-connect="continue" href="/connect/${attempt.id}/start">${texts.ask.continue(names)}</a>`;
}

function form({ attempt, tenant, app }: ConsentContext, { formToken, again }: AskOptions): string {
  const names = { tenant: tenant.name, app: app.definition.title };
  const { security, identity } = app.definition;
  const fields = fieldsOf(security);
  const help = 'description' in security ? security.description : undefined;
  const isUntried = fields.length > 0 && identity === null;
  return html`<p>${fields.length === 0 ? texts.ask.nothingNeeded(names) : texts.ask.permissionsOfKey(names)}</p>
    !${again?.refusal ? alert(again, names) : ''}
    <form method="post" action="/connect/${attempt.id}/credentials" novalidate>
      <input type="hidden" name="form_token" value="${formToken}" />
      !${fields.map((field, index) => input(field, { again, isFirst: index === 0, hasHelp: help !== undefined }))}
      !${help === undefined ? '' : html`<p class="help" id="help">${help}</p>`}
      !${isUntried ? html`<p>${texts.tried.untried(names)}</p>` : ''}
      <button class="button" data-connect="submit">${texts.ask.submit}</button>
    </form>`;
}

function alert({ refusal, triesLeft }: FormAgain, names: { tenant: string; app: string }): string {
  const happened = refusal === 'refused' ? texts.tried.refused(names) : texts.tried.unreachable(names);
  return html`<p class="alert" role="alert">${happened} ${triesLeft <= 3 ? texts.tried.left(triesLeft) : ''}</p>`;
}

interface InputState {
  again: FormAgain | undefined;
  isFirst: boolean;
  hasHelp: boolean;
}

/** The secret one is never filled in again: it would be in the page. */
function input(field: CredentialField, { again, isFirst, hasHelp }: InputState): string {
  const { name, label, isSecret, autocomplete, isRequired } = field;
  const problem = again?.problems[name];
  const isBad = problem !== undefined || again?.refusal === 'refused';
  const described = [...(problem === undefined ? [] : [`${name}-problem`]), ...(hasHelp ? ['help'] : [])].join(' ');
  const hasFocus = again ? isBad && (isSecret || problem !== undefined) : isFirst;
  return html`<label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      type="${isSecret ? 'password' : 'text'}"
      autocomplete="${autocomplete}"
      autocapitalize="none"
      spellcheck="false"
      value="${isSecret ? '' : (again?.typed[name] ?? '')}"
      !${isRequired ? 'required' : ''}
      !${isBad ? 'aria-invalid="true"' : ''}
      !${described === '' ? '' : html`aria-describedby="${described}"`}
      !${hasFocus ? 'autofocus' : ''}
    />
    !${problem === undefined ? '' : html`<p class="bad" id="${`${name}-problem`}">${problem}</p>`}`;
}
