import type { DueRevocation } from './due-revocation.entity.js';

type OfApp = Pick<DueRevocation, 'tenantId' | 'appId'>;

export interface AppPlaces extends OfApp {
  places: number;
}

interface Standing extends OfApp {
  inHand: number;
  isPassedOver: boolean;
  pausedUntil: Date | null;
  silentUntil: Date | null;
}

/** An app whose share was full is passed over until so much of it is left: a claim then brings several rows. */
const ROOM_PART = 1 / 4;
/** Enough to learn that it speaks again. */
const SILENT_SHARE = 1;

/**
 * Of the places of a worker, those that one tenant's app may fill: a third party that hangs, or wants a pause, keeps nobody else waiting, nor do
 * several of them together.
 */
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
      if (app.silentUntil && app.silentUntil <= now) app.silentUntil = null;
      if (app.inHand === 0 && app.pausedUntil === null && app.silentUntil === null) this.#apps.delete(key);
    }
    return [...this.#apps.values()].map((app) => ({
      tenantId: app.tenantId,
      appId: app.appId,
      places: app.isPassedOver || app.pausedUntil ? 0 : this.#shareOf(app) - app.inHand,
    }));
  }

  take(rows: readonly OfApp[]): void {
    for (const row of rows) {
      const app = this.#of(row);
      app.inHand += 1;
      if (app.inHand >= this.#shareOf(app)) app.isPassedOver = true;
    }
  }

  /** To be called once for each row that was taken. */
  done(row: OfApp): void {
    const app = this.#of(row);
    app.inHand -= 1;
    const share = this.#shareOf(app);
    if (!app.isPassedOver || share - app.inHand < share * ROOM_PART) return;
    app.isPassedOver = false;
    this.#hasRoom = true;
  }

  /** Its third party wants no more calls before then. */
  pause(row: OfApp, until: Date): void {
    const app = this.#of(row);
    if (!app.pausedUntil || app.pausedUntil < until) app.pausedUntil = until;
  }

  /** Its third party did not answer: until then it is asked by few at a time. To be called before `done`. */
  fallsSilent(row: OfApp, until: Date): void {
    const app = this.#of(row);
    app.silentUntil = until;
    app.isPassedOver = app.inHand >= SILENT_SHARE;
  }

  /** To be called before `done`. */
  speaks(row: OfApp): void {
    this.#of(row).silentUntil = null;
  }

  /** Whether a claim may bring more than the last one did. Null: nobody knows. */
  get hasMore(): boolean | null {
    if (this.#hasRoom) return true;
    return [...this.#apps.values()].some(({ isPassedOver }) => isPassedOver) ? false : null;
  }

  #shareOf({ silentUntil }: Standing): number {
    return silentUntil ? SILENT_SHARE : this.share;
  }

  #of({ tenantId, appId }: OfApp): Standing {
    const key = `${tenantId} ${appId}`;
    const known = this.#apps.get(key);
    if (known) return known;
    const app = { tenantId, appId, inHand: 0, isPassedOver: false, pausedUntil: null, silentUntil: null };
    this.#apps.set(key, app);
    return app;
  }
}
