import { readOne, type RemoteRun, type RemoteRunError, type UpstreamError } from '#libs/upstream';
import { failed, outcomeUnknown, succeeded, type RunError, type RunOutcome } from './run-outcome.js';
import { readResults } from './run-results.js';

const MAX_ERRORS = 20;
const MAX_CHARACTERS = 1000;

const CODES: ReadonlyMap<string, RunError['code']> = new Map([
  ['user', 'user'],
  ['authentication', 'authentication'],
  ['partner', 'partner'],
  ['system', 'system'],
  ['throttled', 'throttled'],
  ['system_throttled', 'throttled'],
  ['hydration', 'partner'],
]);

/** How a run ended there, in our terms. Another Gatehouse says more than the wire knows, as `state`. @returns null while it goes on */
export function outcomeThere(run: RemoteRun, body: unknown, title: string): RunOutcome | null {
  if (run.state === 'success') {
    const results = readResults(run.results);
    return typeof results === 'string' ? tooMuch(title, results) : succeeded(results);
  }
  if (run.state !== 'error') return null;
  const errors = run.errors.slice(0, MAX_ERRORS).map((error) => toRunError(error, title));
  const [first = plain(title)] = errors;
  const said = readOne(body);
  const outcome = { results: [], errors: errors.length > 0 ? errors : [first] };
  if (said?.state === 'outcome_unknown') return { state: 'outcome_unknown', ...outcome };
  if (said?.state !== 'cancelled') return { state: 'failed', ...outcome };
  return { state: 'cancelled', upstreamMayContinue: said.upstream_may_continue !== false, ...outcome };
}

/** A request that it refused. Its own words go to the caller, as they do where the caller asks it without us. */
export function refusedThere(error: UpstreamError, title: string): RunOutcome {
  const { status, problems } = error;
  const [first] = problems;
  const isOfAccount = status === 401 || status === 403 || first?.pointer === '/data/authentication';
  const code = isOfAccount ? 'authentication' : (CODES.get(first?.code ?? '') ?? 'user');
  return failed(code, cut(first?.title) ?? `${title} refused the run`, cut(first?.detail) ?? error.message);
}

/** The user has to let us in there first, or again. */
export function unlinked(error: UpstreamError): RunOutcome {
  return failed('authentication', 'The account is not linked', error.message);
}

export function unreached(error: UpstreamError, title: string): RunOutcome {
  return failed('partner', `${title} could not be asked`, error.message);
}

/** A write that it may have taken on. */
export function unknownThere(title: string, why: string): RunOutcome {
  return outcomeUnknown(`${why} ${title} may have carried the action out: look there before you run it again.`);
}

export function tooMuch(title: string, why: string): RunOutcome {
  return failed('partner', `${title} answered too much`, `${why} What the action did there stands.`);
}

function toRunError({ code, title, detail, delay }: RemoteRunError, appTitle: string): RunError {
  return {
    code: CODES.get(code ?? '') ?? 'partner',
    title: cut(title) ?? plain(appTitle).title,
    detail: cut(detail) ?? cut(title) ?? plain(appTitle).detail,
    ...(delay !== null && { delay: Math.ceil(delay) }),
  };
}

function plain(title: string): RunError {
  return { code: 'partner', title: `${title} could not do it`, detail: 'It answered that the action failed.' };
}

function cut(text: string | null | undefined): string | null {
  return text?.slice(0, MAX_CHARACTERS) ?? null;
}
