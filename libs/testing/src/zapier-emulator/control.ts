import { randomBytes } from 'node:crypto';
import type { LoggedCall } from './call-log.js';
import { findApp } from './catalog.js';
import type { User } from './people.js';
import type { Kind, Rule } from './rules.js';
import type { CountedWrite } from './run-book.js';
import type { EmulatorServer } from './server.js';
import type { EmulatorSettings, PartnerRegistration } from './settings.js';
import type { World } from './world.js';

/** Whom a test means: a partner's user, or an account of Zapier's own. */
export type UserName = { org: string; sub: string; client?: string } | { account: string };

export interface SeenConnection {
  id: string;
  user: string;
  app: string;
  appId: string;
  title: string;
  isExpired: boolean;
}

export interface SeenRun {
  id: string;
  client: string;
  user: string;
  app: string;
  action: string;
  inputs: Record<string, unknown>;
  status: 'waiting' | 'success' | 'error';
  createdAt: number;
  doneAt: number;
  callbacks: (number | null)[];
}

/** What a test does to the emulator behind the back of its clients. Everything in and out is JSON. */
export class Control {
  constructor(
    private readonly world: World,
    private readonly server: EmulatorServer,
  ) {}

  configure(changes: Partial<EmulatorSettings>): void {
    Object.assign(this.world.settings, changes);
    if (changes.seed !== undefined) this.world.rules.seed = changes.seed;
    if (changes.rateLimit !== undefined) this.world.limiter.clear();
  }

  /** Changes a partner's registration, or adds one. */
  register(partner: Partial<PartnerRegistration> & { clientId: string }): void {
    const known = this.world.partners.get(partner.clientId) ?? [...this.world.partners.values()][0];
    if (!known) throw new Error('There is no partner to begin with.');
    this.world.register({ ...known, ...partner });
  }

  /** @returns the new secret; the old one ends now, and the tokens live on (C38) */
  regenerateSecret({ clientId }: { clientId: string }): string {
    const clientSecret = randomBytes(24).toString('base64url');
    this.register({ clientId, clientSecret });
    return clientSecret;
  }

  rule(rules: Rule | Rule[]): void {
    this.world.rules.add([rules].flat());
  }

  /** @param only rules of this kind; all when left out */
  clearRules({ kind }: { kind?: Kind } = {}): void {
    this.world.rules.remove(kind);
  }

  rules(): { rule: Rule; fired: number }[] {
    return this.world.rules.list();
  }

  calls(): LoggedCall[] {
    return this.world.log.list();
  }

  forgetCalls(): void {
    this.world.log.clear();
  }

  writes(): CountedWrite[] {
    return this.world.runs.writes();
  }

  runs(): SeenRun[] {
    return this.world.runs.list().map(({ id, client, user, app, action, inputs, outcome, isDone, ...rest }) => ({
      id,
      client,
      user: user.name,
      app: app.key,
      action: action.key,
      inputs,
      status: isDone ? ('results' in outcome ? 'success' : 'error') : 'waiting',
      createdAt: rest.createdAt,
      doneAt: rest.doneAt,
      callbacks: rest.callbacks,
    }));
  }

  connections(): SeenConnection[] {
    return this.world.people.connections().map(({ id, user, app, title, isExpired }) => ({
      id,
      user: user.name,
      app: app.key,
      appId: app.id,
      title,
      isExpired,
    }));
  }

  /** @returns the id of the connection */
  connect({ user, app, title }: { user: UserName; app: string; title?: string }): string {
    const found = findApp(app);
    if (!found) throw new Error(`There is no app ${app}.`);
    return this.world.people.connect(this.#user(user), found, title).id;
  }

  expireConnection({ id, isExpired = true }: { id: string; isExpired?: boolean }): void {
    this.world.people.setExpired(id, isExpired);
  }

  removeConnection({ id }: { id: string }): void {
    this.world.people.forget(id);
  }

  /** The user's access tokens end before their time. */
  endAccessTokens({ user }: { user: UserName }): void {
    this.world.tokens.endAccess(this.#user(user));
  }

  /** The user has withdrawn their consent at Zapier: refresh tokens end too. */
  revoke({ user }: { user: UserName }): void {
    this.world.tokens.revoke(this.#user(user));
  }

  setTime({ at }: { at: string }): void {
    this.world.setTime(new Date(at));
  }

  /** Nobody listens at its port until it is told otherwise. */
  refuse({ refuses }: { refuses: boolean }): Promise<void> {
    return this.server.refuse(refuses);
  }

  jwksFetches(): Record<string, number> {
    return Object.fromEntries(this.world.jwks.fetches);
  }

  #user(name: UserName): User {
    const { people, partners } = this.world;
    if ('account' in name) return people.account(name.account);
    const client = name.client ?? [...partners.keys()][0] ?? '';
    return people.ofPartner(client, name.org, name.sub);
  }
}
