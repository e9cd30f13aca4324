import { Signal } from './signal.js';

/** What messages hold ends up as labels: words of a short, closed list, never an id, an address or a text of somebody else's. */
export const signals = {
  /** `result`: `ok`, or the code of the error. */
  tokenRequested: new Signal<{ grant: string; result: string }>('token.requested'),
  /** `seconds`: from its creation. */
  runEnded: new Signal<{ state: string; seconds: number }>('run.ended'),
  refreshEnded: new Signal<{ outcome: string }>('refresh.ended'),
  vaultUsed: new Signal<{ operation: 'seal' | 'open'; result: 'ok' | 'failed' }>('vault.used'),
  dataKeyTaken: new Signal<{ from: 'memory' | 'keyring' }>('data-key.taken'),
  requestSent: new Signal<{ purpose: string; outcome: string; seconds: number }>('egress.request'),
  deliveryAttempted: new Signal<{ kind: 'webhook' | 'callback'; result: 'delivered' | 'failed' }>('delivery.attempted'),
  queryEnded: new Signal<{ result: 'ok' | 'failed'; seconds: number }>('query.ended'),
  /** The audit of a tenant, or of the platform, does not hang together: by each look that finds it so. */
  auditFoundBroken: new Signal<Record<string, never>>('audit.found-broken'),
  /** A loop has looked for what is due. */
  loopTurned: new Signal<{ loop: string; result: 'ok' | 'failed' }>('loop.turned'),
  /** What a loop took was left where it was by an error that nobody foresaw: it is taken again. */
  loopWorkFailed: new Signal<{ loop: string }>('loop.work-failed'),
};
