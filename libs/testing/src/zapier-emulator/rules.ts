/** What can be wrong, or merely different, with one answer. Each is documented of Zapier, or happens to anybody. */
type Quirk =
  /** The answer comes this much later. */
  | { kind: 'slow'; milliseconds: number }
  /** The connection is destroyed before the request is read. */
  | { kind: 'down' }
  /** The request is read and not carried out, and the connection destroyed. */
  | { kind: 'lose_request' }
  /** The request is carried out, and the connection destroyed in place of the answer. */
  | { kind: 'lose_reply' }
  /** The request is carried out, and half of the answer sent. */
  | { kind: 'cut_reply' }
  /** The request is carried out, and never answered. */
  | { kind: 'hang' }
  /** Not carried out, and answered so: with Zapier's own error of that status when no body is given. */
  | { kind: 'answer'; status: number; body?: unknown; headers?: Record<string, string> }
  /** Not carried out, and answered with a page, as a gateway does. */
  | { kind: 'html'; status: number }
  /** 429, and when to come back: in seconds, as an HTTP date, or not said. */
  | { kind: 'throttle'; retryAfterSeconds: number | null; asDate?: boolean }
  /** Ids of connections are numbers, in lists as from Connect. */
  | { kind: 'numeric_ids' }
  /** `links.previous` in the place of `links.prev`. */
  | { kind: 'links_previous' }
  /** No envelope: what would be `data` is the body. */
  | { kind: 'bare' }
  /** The body is an array with the envelope in it. */
  | { kind: 'array_of_envelopes' }
  /** A run is `queued`, then `running`, before it ends. */
  | { kind: 'queued_running' }
  /** Ids of runs that are created are like `arun_abc123`. */
  | { kind: 'arun_ids' }
  /** The answer to a new run gives back its inputs as `input`, as the guides print it. */
  | { kind: 'echo_input' }
  /** A run is taken in the form of the published document alone: in an envelope, with `inputs`. */
  | { kind: 'strict_run_body' }
  /** A run is taken in the form of the guides alone: without an envelope, with `input`. */
  | { kind: 'guide_run_body' }
  /** `status` of an error is text. */
  | { kind: 'status_as_string' }
  /** Errors are texts, as in V1. */
  | { kind: 'v1_errors' }
  /** A bad bearer is 403 `authentication_failed`, without an envelope. */
  | { kind: 'forbidden_bearer' }
  /** A good bearer is refused as if it had expired. */
  | { kind: 'refuse_bearer' }
  | { kind: 'no_expires_in' }
  | { kind: 'expires_in_as_string' }
  /** Not carried out, and answered with 200 and an OAuth error. */
  | { kind: 'error_with_200'; error: string }
  /** The answer to a refresh has no refresh token, and the old one lives on. */
  | { kind: 'refresh_token_kept' }
  /** Fewer scopes are granted than were asked for. */
  | { kind: 'without_scopes'; scopes: string[] }
  /** The legacy flow gives its error in the query. */
  | { kind: 'error_in_query' }
  /** Connect ends with this error. */
  | { kind: 'connect_fails'; error: string; description: string }
  /** A run that is created ends with this error. */
  | { kind: 'run_fails'; code: RunErrorCode; delay?: number }
  /** Of the callbacks, whose path is `/callback` here. */
  | { kind: 'callback_lost' }
  | { kind: 'callback_twice' }
  /** Signed with a key that is not in the published set. */
  | { kind: 'callback_forged' }
  /** The body says the opposite of what happened, under a good signature. */
  | { kind: 'callback_lies' };

export const RUN_ERROR_CODES = [
  'user',
  'authentication',
  'partner',
  'system',
  'throttled',
  'system_throttled',
  'hydration',
] as const;
export type RunErrorCode = (typeof RUN_ERROR_CODES)[number];

interface Reach {
  method?: string;
  /** Without query and final slash; `*` stands for any text. All where its kind has an effect, when left out. */
  path?: string;
  /** How often it happens; always when left out. */
  times?: number;
  /** So many matching requests pass first. */
  after?: number;
  /** Between 0 and 1, by the seed of the settings. */
  probability?: number;
}

export type Rule = Quirk & Reach;
export type Kind = Quirk['kind'];
export type Fired = { [K in Kind]?: Extract<Rule, { kind: K }> };

/** Where a kind has an effect at all: a rule without a path counts those requests alone. */
const HOME: { [K in Kind]?: string } = {
  no_expires_in: '/oauth/token',
  expires_in_as_string: '/oauth/token',
  error_with_200: '/oauth/token',
  refresh_token_kept: '/oauth/token',
  refuse_bearer: '/v*',
  forbidden_bearer: '/v*',
  connect_fails: '/to/*',
  run_fails: 'POST /v2/action-runs',
  arun_ids: 'POST /v2/action-runs',
  echo_input: 'POST /v2/action-runs',
  strict_run_body: 'POST /v2/action-runs',
  guide_run_body: 'POST /v2/action-runs',
  queued_running: '/v2/action-runs/*',
  callback_lost: '/callback',
  callback_twice: '/callback',
  callback_forged: '/callback',
  callback_lies: '/callback',
};

interface Counted {
  rule: Rule;
  matches: RegExp;
  passed: number;
  fired: number;
}

export class RuleBook {
  #rules: Counted[] = [];
  #random: number;

  constructor(seed: number) {
    this.#random = seed;
  }

  set seed(seed: number) {
    this.#random = seed;
  }

  add(rules: readonly Rule[]): void {
    for (const rule of rules) {
      const [home = '*', method] = (HOME[rule.kind] ?? '*').split(' ').toReversed();
      const reach = { path: home, ...(method !== undefined && { method }), ...rule };
      this.#rules.push({ rule: reach, matches: patternOf(reach.path), passed: 0, fired: 0 });
    }
  }

  /** @param kind only these; all when left out */
  remove(kind?: Kind): void {
    this.#rules = kind === undefined ? [] : this.#rules.filter(({ rule }) => rule.kind !== kind);
  }

  list(): { rule: Rule; fired: number }[] {
    return this.#rules.map(({ rule, fired }) => ({ rule, fired }));
  }

  /** What happens to this request. Of two rules of a kind the first holds. */
  fire(method: string, path: string): Fired {
    const happening: Record<string, Rule> = {};
    for (const counted of this.#rules) {
      const { rule, matches } = counted;
      if (happening[rule.kind] || !matches.test(path) || (rule.method ?? method) !== method) continue;
      if (!this.#isDue(counted)) continue;
      counted.fired += 1;
      happening[rule.kind] = rule;
    }
    return happening;
  }

  #isDue(counted: Counted): boolean {
    const { after = 0, times = Infinity, probability = 1 } = counted.rule;
    counted.passed += 1;
    if (counted.passed <= after || counted.fired >= times) return false;
    return probability >= 1 || this.#next() < probability;
  }

  /** mulberry32 */
  #next(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

function patternOf(glob: string): RegExp {
  const parts = glob.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
