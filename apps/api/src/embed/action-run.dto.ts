import { IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import { isUuid } from '#libs/database';
import { problem } from '#libs/errors';
import { isRunState, isWireStatus, statesOf, type RunFilter, type RunState } from '#libs/runs';
import { IsCallbackUrl } from '../admin/url-rules.js';
import { optionalParameter } from '../http/query.js';

export class CreateRunDto {
  @IsString()
  @MaxLength(512)
  action!: string;

  @IsOptional()
  @IsString()
  @MaxLength(255)
  authentication?: string | null;

  @IsOptional()
  @IsObject()
  inputs?: Record<string, unknown>;

  /** Told when the run has ended (protocol.md §8.4). */
  @IsOptional()
  @IsString()
  @MaxLength(2048)
  @IsCallbackUrl()
  callback_url?: string | null;
}

/** The enveloped form is the wire's; the guide pages' bare form and their `input` are accepted too (protocol.md C33). */
export function lenientRunBody(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const data = (Object.hasOwn(body, 'data') ? (body as { data: unknown }).data : body) as Record<
    string,
    unknown
  > | null;
  if (typeof data !== 'object' || data === null || Object.hasOwn(data, 'inputs') || !Object.hasOwn(data, 'input'))
    return { data };
  return { data: { ...data, inputs: data.input } };
}

/**
 * @param appIdOf of an app's id or key; null for one that does not exist
 * @returns null when nothing can match
 * @throws Problem
 */
export async function toRunFilter(
  query: Record<string, unknown>,
  appIdOf: (app: string) => Promise<string | null>,
): Promise<RunFilter | null> {
  const status = optionalParameter(query, 'status');
  const app = optionalParameter(query, 'app');
  const authentication = optionalParameter(query, 'authentication');
  const states = status === undefined ? undefined : statesNamed(status);
  const appId = app === undefined ? undefined : await appIdOf(app);
  if (appId === null || (authentication !== undefined && !isUuid(authentication))) return null;
  return {
    ...(states && { states }),
    ...(appId && { appId }),
    ...(authentication && { connectionId: authentication }),
  };
}

function statesNamed(status: string): RunState[] {
  if (isRunState(status)) return [status];
  if (isWireStatus(status)) return statesOf(status);
  throw problem(
    'invalid',
    'status is waiting, success or error, or one of ours: queued, running, polling, succeeded, failed, cancelled, outcome_unknown.',
    { source: { parameter: 'status' } },
  );
}
