import { Injectable } from '@nestjs/common';
import { findOperation, select, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { problem } from '#libs/errors';
import type { Account } from './account.js';
import { AppCalls } from './app-calls.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

const MAX_TITLE_LENGTH = 200;

/** Names the account behind credentials, by the app's identity operation. */
@Injectable()
export class Identities {
  constructor(private readonly calls: AppCalls) {}

  /**
   * @returns an account without id and title when the app names no identity operation
   * @throws Problem third_party_failed when the third party refuses the credentials; EgressError when it can't be reached
   */
  async identify(app: TenantAppView, credentials: Secret<Credentials>): Promise<Account> {
    const { identity } = app.definition;
    const operation = identity && findOperation(app.definition, identity.operationId);
    if (!operation) return { id: null, title: null };
    const response = await this.calls.call({ app, operation, inputs: {}, credentials });
    if (response.status >= 300) {
      throw problem(
        'third_party_failed',
        `${app.definition.title} answered ${response.status} when asked whose account this is.`,
      );
    }
    const body = bodyOf(response);
    const id = text(select(body, identity.id));
    return { id, title: text(select(body, identity.title))?.slice(0, MAX_TITLE_LENGTH) ?? id };
  }
}

function text(value: unknown): string | null {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : null;
}
