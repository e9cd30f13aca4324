import { ActionIds } from './action-ids.js';
import { CallLog } from './call-log.js';
import { ConnectSessions } from './connect-sessions.js';
import { Consents } from './consents.js';
import { JwksCache } from './jwks-cache.js';
import { People } from './people.js';
import { RateLimiter } from './rate-limiter.js';
import { RuleBook } from './rules.js';
import { RunBook } from './run-book.js';
import { DEFAULT_PARTNER, DEFAULT_SETTINGS, type EmulatorOptions, type EmulatorSettings } from './settings.js';
import type { PartnerRegistration } from './settings.js';
import { SigningKey } from './signing-key.js';
import { TokenBook } from './token-book.js';

/** All that the emulator knows. It ends with it. */
export class World {
  readonly settings: EmulatorSettings;
  readonly partners = new Map<string, PartnerRegistration>();
  readonly rules: RuleBook;
  readonly people = new People();
  readonly tokens = new TokenBook();
  readonly consents = new Consents();
  readonly connectSessions = new ConnectSessions();
  readonly actionIds = new ActionIds();
  readonly limiter = new RateLimiter();
  readonly jwks = new JwksCache();
  readonly log = new CallLog();
  readonly runs: RunBook;
  readonly signing = new SigningKey('zapier-1');
  /** Published by nobody, under the name of the other. */
  readonly forging = new SigningKey('zapier-1');
  /** Until when, in seconds since the epoch, a `jti` of a partner counts as used. */
  readonly seenJtis = new Map<string, number>();
  /** How the outside names it; known once it listens. */
  origin = '';
  #offset = 0;

  constructor(options: EmulatorOptions) {
    this.settings = { ...DEFAULT_SETTINGS, ...options.settings };
    this.rules = new RuleBook(this.settings.seed);
    this.runs = new RunBook(this.settings, () => this.now());
    for (const partner of options.partners ?? [{}]) this.register({ ...DEFAULT_PARTNER, ...partner });
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Date.now() + this.#offset;
  }

  /** It is that time now, and goes on from there. */
  setTime(at: Date): void {
    this.#offset = at.getTime() - Date.now();
    this.runs.settleDue();
  }

  register(partner: PartnerRegistration): void {
    this.partners.set(partner.clientId, partner);
  }
}
