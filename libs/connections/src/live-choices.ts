import { Injectable } from '@nestjs/common';
import {
  checkInputs,
  choiceInputs,
  findOperation,
  readChoices,
  select,
  type Choice,
  type LiveChoices as LiveDefinition,
  type OperationDefinition,
} from '#libs/catalog';
import { sha256 } from '#libs/crypto';
import type { EgressResponse } from '#libs/egress';
import { problem } from '#libs/errors';
import { Clock, WeightedCache, secondsAfter } from '#libs/scheduling';
import { AppAnswers } from './app-answers.js';
import type { AppUse } from './app-use.js';
import { hasNextLink } from './next-link.js';
import { bodyOf } from './response-body.js';

const BELIEVED_SECONDS = 30;
const MAX_PAGES_KEPT = 500;
/** Choices of all users together: some 20 MB. */
const MAX_CHOICES_KEPT = 100_000;
/** Where a page is only found through the one before, this is as far as it is followed. */
const MAX_FOLLOWED_PAGES = 30;
/** For all the pages of one question together. */
const DEADLINE_SECONDS = 30;

export interface ChoicesWanted {
  choices: LiveDefinition;
  /** What is filled in so far. */
  inputs: Record<string, unknown>;
  /** From 1. */
  page: number;
  search: string | null;
}

export interface ChoicePage {
  readonly choices: readonly Choice[];
  readonly hasMore: boolean;
}

interface AnsweredPage extends ChoicePage {
  /** What to ask the next page with, where the app names it. */
  readonly next: unknown;
}

const NONE: AnsweredPage = { choices: [], hasMore: false, next: undefined };

/** Choices that the third party answers, for the account of one connection. */
@Injectable()
export class LiveChoices {
  readonly #pages: WeightedCache<AnsweredPage>;

  constructor(
    private readonly answers: AppAnswers,
    private readonly clock: Clock,
  ) {
    const bounds = { maxEntries: MAX_PAGES_KEPT, maxWeight: MAX_CHOICES_KEPT };
    this.#pages = new WeightedCache({ ...bounds, believed: { seconds: BELIEVED_SECONDS, clock } });
  }

  /**
   * None while an input that the choices depend on is missing. Kept for half a minute, for this user and connection alone.
   * @throws Problem third_party_failed
   */
  async page(use: AppUse, wanted: ChoicesWanted): Promise<ChoicePage> {
    const { choices } = wanted;
    const operation = findOperation(use.app.definition, choices.operationId);
    if (!operation) throw new Error('The document names a choice operation that it does not have.');
    if (wanted.page > 1 && !choices.page) return NONE;
    const found =
      choices.page?.next === undefined
        ? await this.#at(use, operation, wanted)
        : await this.#follow(use, operation, wanted);
    return choices.search === undefined && wanted.search !== null ? matching(found, wanted.search) : found;
  }

  /** A page that only the one before it knows the way to. */
  async #follow(use: AppUse, operation: OperationDefinition, wanted: ChoicesWanted): Promise<AnsweredPage> {
    if (wanted.page > MAX_FOLLOWED_PAGES)
      throw problem(
        'invalid',
        `The choices have ${MAX_FOLLOWED_PAGES} pages at most. Search for what is not among them.`,
        {
          source: { parameter: 'page' },
        },
      );
    const deadline = secondsAfter(this.clock.now(), DEADLINE_SECONDS);
    let found = await this.#at(use, operation, { ...wanted, page: 1 });
    for (let page = 2; page <= wanted.page; page += 1) {
      if (!found.hasMore) return NONE;
      found = await this.#at(use, operation, { ...wanted, page }, { at: found.next, deadline });
    }
    return found;
  }

  #at(use: AppUse, operation: OperationDefinition, wanted: ChoicesWanted, from?: Onward): Promise<AnsweredPage> {
    const { choices, page, search } = wanted;
    const inputs = choiceInputs(choices, operation, wanted.inputs, { page, from: from?.at, search });
    if (checkInputs(operation, inputs).length > 0) return Promise.resolve(NONE);
    const key = sha256(JSON.stringify([use.owner, operation.key, choices, inputs])).toString('base64');
    return this.#pages.get(key, async () => {
      const credentials = await use.credentials();
      const what = 'the choices';
      const response = await this.answers.ask({
        budget: use.budget,
        app: use.app,
        operation,
        inputs,
        credentials,
        what,
        code: 'third_party_failed',
        timeoutSeconds: this.#left(use, from?.deadline),
      });
      const value = answeredPage(choices, response);
      return { value, weight: value.choices.length + 1 };
    });
  }

  #left({ app }: AppUse, deadline: Date | undefined): number {
    const seconds = deadline ? (deadline.getTime() - this.clock.now().getTime()) / 1000 : DEADLINE_SECONDS;
    if (seconds > 0) return seconds;
    throw problem(
      'third_party_failed',
      `${app.definition.title} answers too slowly for this many pages of choices. Search for what is not among the first.`,
    );
  }
}

/** The way to a page that is not the first. */
interface Onward {
  readonly at: unknown;
  readonly deadline: Date;
}

function answeredPage(definition: LiveDefinition, response: EgressResponse): AnsweredPage {
  const body = bodyOf(response);
  const choices = readChoices(definition, body);
  if (!definition.page) return { choices, hasMore: false, next: undefined };
  if (definition.page.next === undefined)
    return { choices, hasMore: hasNextLink(response.headers['link']) ?? choices.length > 0, next: undefined };
  const next = select(body, definition.page.next);
  const isThere = (typeof next === 'string' && next !== '') || typeof next === 'number';
  return { choices, hasMore: isThere, next };
}

/** Where the app can't search, what it answered is searched. */
function matching(page: ChoicePage, search: string): ChoicePage {
  const wanted = search.toLowerCase();
  const has = ({ label, value }: Choice) =>
    label.toLowerCase().includes(wanted) || value.toLowerCase().includes(wanted);
  return { ...page, choices: page.choices.filter(has) };
}
