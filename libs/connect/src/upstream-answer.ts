import { idText } from '#libs/upstream';
import { failures, type ConnectFailure } from './connect-failure.js';

/** What an upstream's Connect gave for the person's consent. */
export interface GivenConnection {
  /** Its id there: a claim, until it was read back. */
  id: string;
  /** Of a Gatehouse that wants to be told who the person is. */
  confirmation: { attempt: string; connectCode: string } | null;
}

const MAX_ID_LENGTH = 255;
const OAUTH_FAILED = 'OAuth Failed: ';

/**
 * The query of the browser's return, or the message of the popup, with its members as text (protocol.md §5.2, §5.3, §5.5).
 * @throws ConnectFailure that tells the upstream's own
 */
export function readUpstreamAnswer(answer: Readonly<Record<string, unknown>>): GivenConnection {
  const { error, error_description: description } = answer;
  if (error !== undefined)
    throw failureIn(typeof error === 'string' ? error : '', typeof description === 'string' ? description : '');
  const id = [answer.authentication_id, answer.connection_id, answer.authId, answer.id]
    .map(givenId)
    .find((text) => text !== null);
  if (id === undefined || id === null) throw failures.oauth('no_connection');
  const [attempt, connectCode] = [givenId(answer.attempt), givenId(answer.connect_code)];
  return { id, confirmation: attempt !== null && connectCode !== null ? { attempt, connectCode } : null };
}

/** What a browser brings is held to a length before it is asked for anywhere. */
function givenId(value: unknown): string | null {
  const text = idText(value);
  return text !== null && text.length <= MAX_ID_LENGTH ? text : null;
}

/** Its own codes, never its free text. */
function failureIn(error: string, description: string): ConnectFailure {
  const detail = description.startsWith(OAUTH_FAILED) ? description.slice(OAUTH_FAILED.length) : null;
  if (detail !== null) return failures.oauth(isCode(detail) ? detail : 'refused');
  if (/^(?:Token expired|Session initialization failed)$/.test(description)) return failures.oauth('session_expired');
  if (/^(?:Invalid token|Invalid app|Invalid redirect_uri|User not found)$/.test(description))
    return failures.oauth('misconfigured');
  return failures.oauth(isCode(error) ? error : 'refused');
}

function isCode(text: string): boolean {
  return /^[a-z_]{1,64}$/.test(text);
}
