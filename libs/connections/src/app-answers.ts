import { Injectable } from '@nestjs/common';
import { InputError, type OperationDefinition, type TenantAppView } from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { EgressError, type EgressResponse } from '#libs/egress';
import { problem, type ProblemCode } from '#libs/errors';
import { AppCalls } from './app-calls.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

const MAX_SAID_CHARACTERS = 300;

export interface AppQuestion {
  app: TenantAppView;
  operation: OperationDefinition;
  /** Checked with `checkInputs` before. */
  inputs: Record<string, unknown>;
  credentials: Secret<Credentials>;
  /** What it was asked for, as a noun: `the choices`. */
  what: string;
  /** The code of the problem when it does not answer well. */
  code: ProblemCode;
}

/** An app asked while a person waits: its good answer, or a problem that says in a sentence why there is none. */
@Injectable()
export class AppAnswers {
  constructor(private readonly calls: AppCalls) {}

  /** @throws Problem of the question's code */
  async ask({ what, code, ...call }: AppQuestion): Promise<EgressResponse> {
    const { title } = call.app.definition;
    try {
      const response = await this.calls.call(call);
      if (response.status < 300) return response;
      throw problem(code, `${title} answered ${response.status} when asked for ${what}.${saidBy(response)}`);
    } catch (error) {
      if (error instanceof EgressError)
        throw problem(code, `${title} could not be asked for ${what}. ${error.message}`);
      if (error instanceof InputError) throw problem(code, `${title} can not be asked for ${what}. ${error.message}`);
      throw error;
    }
  }
}

/** What the app says of itself, where it is JSON with a message in one of the usual places. */
function saidBy(response: EgressResponse): string {
  const body = bodyOf(response) as Record<string, unknown> | null;
  if (typeof body !== 'object' || body === null) return '';
  const { message, error, error_description: description, detail } = body;
  const nested = typeof error === 'object' && error !== null ? (error as { message?: unknown }).message : error;
  const said = [message, description, detail, nested].find((text) => typeof text === 'string' && text !== '');
  return typeof said === 'string' ? ` It says: ${said.slice(0, MAX_SAID_CHARACTERS)}` : '';
}
