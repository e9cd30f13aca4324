import type { Identities, ImportedConnection } from '#libs/connections';
import { problem, type Problem } from '#libs/errors';

/** The tries of one import. An app that can't be reached is not asked again for each of hundreds of connections. */
export class ImportVerification {
  readonly #down = new Set<string>();

  constructor(
    private readonly identities: Identities,
    private readonly now: Date,
  ) {}

  /**
   * Asks the app whose account the credentials are for. The account that it names is taken where the import names none.
   * @returns null when it can't be asked: it has no identity operation, or the access token has ended and only a refresh can tell
   * @throws Problem when the app refuses them, or names another account
   */
  async verify(item: ImportedConnection): Promise<ImportedConnection | null> {
    const { app, account, credentials } = item;
    if (app.definition.identity === null || this.#hasEnded(item)) return null;
    if (this.#down.has(app.id)) throw unreachable(item);
    const checked = await this.identities.tryOut(app, credentials);
    if ('failed' in checked) {
      if (checked.failed === 'refused') throw refused(`${app.definition.title} did not accept these credentials.`);
      this.#down.add(app.id);
      throw unreachable(item);
    }
    const { id } = checked.account;
    if (account?.id && account.id !== id)
      throw problem(
        'conflict',
        'The app says that these credentials are for another account. Give those of this one, or make another connection.',
        {
          source: { pointer: '/account/id' },
        },
      );
    return { ...item, account: account ? { id, title: account.title ?? checked.account.title } : checked.account };
  }

  #hasEnded({ credentials }: ImportedConnection): boolean {
    const value = credentials.reveal();
    if (value.kind !== 'oauth2') return false;
    return value.accessToken === '' || (value.expiresAt !== null && new Date(value.expiresAt) <= this.now);
  }
}

function unreachable({ app }: ImportedConnection): Problem {
  return refused(`${app.definition.title} could not be asked whether it takes these. Import it again later.`);
}

function refused(sentence: string): Problem {
  return problem('third_party_failed', sentence, { source: { pointer: '/credentials' } });
}
