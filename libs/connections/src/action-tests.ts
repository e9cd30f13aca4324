import { Injectable } from '@nestjs/common';
import { outputsOf, toResults, type OperationDefinition, type OutputField } from '#libs/catalog';
import { sha256 } from '#libs/crypto';
import { Clock, WeightedCache } from '#libs/scheduling';
import { AppAnswers } from './app-answers.js';
import type { AppUse } from './app-use.js';
import { bodyOf } from './response-body.js';

const BELIEVED_SECONDS = 30;
const MAX_SAMPLES_KEPT = 500;
/** Fields of all users together. */
const MAX_FIELDS_KEPT = 50_000;

/** An action done once, at the app, while a person sets it up. */
@Injectable()
export class ActionTests {
  readonly #samples: WeightedCache<readonly OutputField[]>;

  constructor(
    private readonly answers: AppAnswers,
    clock: Clock,
  ) {
    const bounds = { maxEntries: MAX_SAMPLES_KEPT, maxWeight: MAX_FIELDS_KEPT };
    this.#samples = new WeightedCache({ ...bounds, believed: { seconds: BELIEVED_SECONDS, clock } });
  }

  /**
   * For real: a WRITE has its effect.
   * @param inputs checked with `checkInputs` before
   * @returns what the app answered, as the results of a run
   * @throws Problem test_failed
   */
  async run(use: AppUse, operation: OperationDefinition, inputs: Record<string, unknown>) {
    const credentials = await use.credentials();
    const call = { budget: use.budget, app: use.app, operation, inputs, credentials };
    return toResults(bodyOf(await this.answers.ask({ ...call, what: 'a test of the action', code: 'test_failed' })));
  }

  /**
   * The fields of the first result of an action that only reads. Kept for half a minute, for this user and connection alone.
   * @throws Problem third_party_failed
   */
  async samples(use: AppUse, operation: OperationDefinition, inputs: Record<string, unknown>) {
    const key = sha256(JSON.stringify([use.owner, operation.key, inputs])).toString('base64');
    return this.#samples.get(key, async () => {
      const credentials = await use.credentials();
      const call = { budget: use.budget, app: use.app, operation, inputs, credentials };
      const response = await this.answers.ask({ ...call, what: 'a sample', code: 'third_party_failed' });
      const value = outputsOf(toResults(bodyOf(response))[0]);
      return { value, weight: value.length + 1 };
    });
  }
}
