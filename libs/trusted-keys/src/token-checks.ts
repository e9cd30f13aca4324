import { Problem } from '#libs/errors';
import { claimChecks } from './claim-checks.js';
import { jwsChecks } from './jws-checks.js';
import { RefusedToken } from './refused-token.js';
import type { Finding, TokenUnderCheck } from './token-check.js';

/** Every rule for a partner's JWT, in the order of protocol.md C18. Exchange and explain go by this one list. */
const tokenChecks = [...jwsChecks, ...claimChecks];

export interface ExplainedCheck {
  check: string;
  ok: boolean;
  detail: string;
}

/** Runs the checks up to the first that fails. @throws RefusedToken by that one */
export async function requireAll(token: TokenUnderCheck): Promise<void> {
  for (const { reason, run } of tokenChecks) {
    const outcome = run(token);
    const finding = outcome instanceof Promise ? await outcome : outcome;
    if (!finding.ok) throw new RefusedToken(reason, finding.fault);
  }
}

/** Runs every check whose needs were found, and leaves out the others. */
export async function explainAll(token: TokenUnderCheck): Promise<ExplainedCheck[]> {
  const explained: ExplainedCheck[] = [];
  for (const { name, needs, run } of tokenChecks) {
    if (!needs.every((need) => token[need] !== undefined)) continue;
    const finding = await unlessUnavailable(() => run(token));
    explained.push({ check: name, ok: finding.ok, detail: finding.ok ? finding.seen() : finding.fault });
  }
  return explained;
}

/** What keeps an exchange from being answered is a finding here. */
async function unlessUnavailable(run: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== 'temporarily_unavailable') throw error;
    return { ok: false, fault: [error.message, error.privateDetail].filter(Boolean).join(' ') };
  }
}
