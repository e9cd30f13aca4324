import type { DueRevocation } from './due-revocation.entity.js';

type OfApp = Pick<DueRevocation, 'tenantId' | 'appId'>;

export interface AppPlaces extends OfApp {
  places: number;
}

interface Standing extends OfApp {
  inHand: number;
  isPassedOver: boolean;
  pausedUntil: Date | null;
}

/** An app whose share was full is passed over until so much of it is left: a claim then brings several rows. */
const ROOM_PART = 1 / 4;

/** Of the places of a worker, those that one tenant's app may fill: a third party that hangs, or wants a pause, keeps nobody else waiting. */
export class AppShares {
  readonly #apps = new Map<string, Standing>();
  #hasRoom = false;

  /** @param share places of one app */
  constructor(private readonly share: number) {}

  /** For a claim: what apps may get that may not have their whole share. */
  left(now: Date): AppPlaces[] {
    this.#hasRoom = false;
    for (const [key, app] of this.#apps) {
      if (app.pausedUntil && app.pausedUntil <= now) app.pausedUntil = null;
      if (app.inHand === 0 && app.pausedUntil === null) this.#apps.delete(key);
    }
    return [...this.#apps.values()].map(({ tenantId, appId, inHand, isPassedOver, pausedUntil }) => ({
      tenantId,
      appId,
      places: isPassedOver || pausedUntil ? 0 : this.share - inHand,
    }));
  }

  take(rows: readonly OfApp[]): void {
    for (const row of rows) {
      const app = this.#of(row);
      app.inHand += 1;
      if (app.inHand >= this.share) app.isPassedOver = true;
    }
  }

  /** To be called once for each row that was taken. */
  done(row: OfApp): void {
    const app = this.#of(row);
    app.inHand -= 1;
    if (!app.isPassedOver || this.share - app.inHand < this.share * ROOM_PART) return;
    app.isPassedOver = false;
    this.#hasRoom = true;
  }

  /** Its third party wants no more calls before then. */
  pause(row: OfApp, until: Date): void {
    const app = this.#of(row);
    if (!app.pausedUntil || app.pausedUntil < until) app.pausedUntil = until;
  }

  /** Whether a claim may bring more than the last one did. Null: nobody knows. */
  get hasMore(): boolean | null {
    if (this.#hasRoom) return true;
    return [...this.#apps.values()].some(({ isPassedOver }) => isPassedOver) ? false : null;
  }

  #of({ tenantId, appId }: OfApp): Standing {
    const key = `${tenantId} ${appId}`;
    const app = this.#apps.get(key) ?? { tenantId, appId, inHand: 0, isPassedOver: false, pausedUntil: null };
    this.#apps.set(key, app);
    return app;
  }
}
