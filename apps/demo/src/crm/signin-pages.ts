import { html } from 'ghtml';
import { logo, page } from './layout.js';
import { crmScopes } from './scopes.js';
import { initials, type CrmUser } from './users.js';

export function loginPage(options: {
  uid: string;
  clientName: string;
  email: string;
  password: string;
  error?: string;
}): string {
  const main = html`<main>
    <div class="panel">
      !${logo}
      <header>
        <h1>Sign in to Acme CRM</h1>
        <p class="soft">to continue to ${options.clientName}</p>
      </header>
      !${options.error ? html`<p class="alert" role="alert">${options.error}</p>` : ''}
      <form class="stack" method="post" action="/signin/${options.uid}/login">
        <label
          >E-mail<input name="email" type="email" autocomplete="username" required value="${options.email}"
        /></label>
        <label
          >Password<input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value="${options.password}"
        /></label>
        <button data-crm="login">Sign in</button>
      </form>
    </div>
    <p class="soft small foot">A demo account is filled in for you. tomas@acme-crm.test / demo is another.</p>
  </main>`;
  return page({ title: 'Sign in', body: 'gate', main });
}

export function consentPage(options: { uid: string; clientName: string; scopes: string[]; user: CrmUser }): string {
  const main = html`<main>
    <form class="panel" method="post">
      !${logo}
      <header>
        <h1>${options.clientName} wants to use your Acme CRM account</h1>
        <p class="soft">It asks to be allowed to:</p>
      </header>
      <ul class="scopes">
        !${options.scopes.map(scopeItem)}
      </ul>
      <div class="who">
        <span class="avatar" aria-hidden="true">${initials(options.user)}</span>
        <div><b>${options.user.name}</b><span class="soft small">${options.user.email}</span></div>
        <a class="small" href="/signin/${options.uid}/switch">Switch</a>
      </div>
      <div class="pair">
        <button class="plain" data-crm="deny" formaction="/signin/${options.uid}/deny">Cancel</button>
        <button data-crm="allow" formaction="/signin/${options.uid}/allow">Allow</button>
      </div>
    </form>
    <p class="soft small foot">You can take this back at any time.</p>
  </main>`;
  return page({ title: 'Allow access', body: 'gate', main });
}

export function errorPage(reason: string): string {
  const main = html`<main>
    <div class="panel">
      !${logo}
      <header>
        <h1>This sign-in cannot go on</h1>
        <p class="soft">${sentence(reason)}</p>
      </header>
      <p>Close this window and start again from the app that sent you here.</p>
    </div>
  </main>`;
  return page({ title: 'Error', body: 'gate', main });
}

function scopeItem(scope: string): string {
  const words = crmScopes[scope] ?? { title: scope, description: '' };
  return html`<li>
    <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M4.5 10.5l3.6 3.6 7.4-8" /></svg>
    <div><b>${words.title}</b><br /><span class="soft small">${words.description}</span></div>
  </li>`;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}
