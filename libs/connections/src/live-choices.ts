import { Injectable } from '@nestjs/common';
import {
  checkInputs,
  findOperation,
  readChoices,
  type Choice,
  type InputField,
  type TenantAppView,
} from '#libs/catalog';
import type { Secret } from '#libs/crypto';
import { EgressError } from '#libs/egress';
import { problem } from '#libs/errors';
import { AppCalls } from './app-calls.js';
import type { Credentials } from './credentials.js';
import { bodyOf } from './response-body.js';

type LiveField = Extract<InputField['choices'], { kind: 'live' }>;

/** Choices that the third party answers, for the account of one connection. */
@Injectable()
export class LiveChoices {
  constructor(private readonly calls: AppCalls) {}

  /**
   * @param inputs what is filled in so far: members that the choice operation knows are passed on
   * @throws Problem third_party_failed
   */
  async list(
    app: TenantAppView,
    choices: LiveField,
    inputs: Record<string, unknown>,
    credentials: Secret<Credentials>,
  ): Promise<Choice[]> {
    const operation = findOperation(app.definition, choices.operationId);
    if (!operation) throw new Error('The document names a choice operation that it does not have.');
    const known = Object.fromEntries(
      operation.inputs.flatMap(({ id }) => (Object.hasOwn(inputs, id) ? [[id, inputs[id]]] : [])),
    );
    if (checkInputs(operation, known).length > 0) return [];
    try {
      const response = await this.calls.call({ app, operation, inputs: known, credentials });
      if (response.status < 300) return readChoices(choices, bodyOf(response));
      throw problem(
        'third_party_failed',
        `${app.definition.title} answered ${response.status} when asked for the choices.`,
      );
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      throw problem(
        'third_party_failed',
        `${app.definition.title} could not be asked for the choices. ${error.message}`,
      );
    }
  }
}
