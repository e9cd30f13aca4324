import { Injectable, Logger } from '@nestjs/common';
import { findOperation, InputError, select, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { EgressError } from '#libs/egress';
import type { Account } from './account.js';
import { AppCalls } from './app-calls.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

const MAX_TITLE_LENGTH = 200;

/** Whose account credentials are for: `refused` by the third party, `unreachable` when it could not say. */
export type AccountCheck = { account: Account } | { failed: 'refused' | 'unreachable' | 'misconfigured' };

/** Asks the third party, by the document's identity operation, whose account credentials are for. */
@Injectable()
export class Identities {
  readonly #log = new Logger('Identities');

  constructor(private readonly calls: AppCalls) {}

  /** An account without id and title when the app names no identity operation: then nothing was asked. */
  async check(app: TenantAppView, credentials: Secret<Credentials>): Promise<AccountCheck> {
    const { identity } = app.definition;
    const operation = identity && findOperation(app.definition, identity.operationId);
    if (!operation) return { account: { id: null, title: null } };
    try {
      const response = await this.calls.call({ app, operation, inputs: {}, credentials });
      if (response.status >= 300) return this.#refusal(app, response.status);
      const body = bodyOf(response);
      const id = text(select(body, identity.id));
      return { account: { id, title: text(select(body, identity.title))?.slice(0, MAX_TITLE_LENGTH) ?? id } };
    } catch (cause) {
      if (!(cause instanceof EgressError || cause instanceof InputError)) throw cause;
      this.#log.warn({ detail: `${app.definition.key} could not be asked whose account it is.`, cause });
      return { failed: cause instanceof EgressError ? 'unreachable' : 'misconfigured' };
    }
  }

  /** For credentials that the third party has not given out itself just now. A 200 that names no account is how some say no. */
  async tryOut(app: TenantAppView, credentials: Secret<Credentials>): Promise<AccountCheck> {
    const checked = await this.check(app, credentials);
    const isNobody = 'account' in checked && app.definition.identity !== null && checked.account.id === null;
    return isNobody ? { failed: 'refused' } : checked;
  }

  #refusal({ definition: { key } }: TenantAppView, status: number): AccountCheck {
    this.#log.warn({ detail: `${key} answered ${status} when asked whose account it is.` });
    const isDown = status >= 500 || status === 429 || status === 408;
    return { failed: isDown ? 'unreachable' : 'refused' };
  }
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
