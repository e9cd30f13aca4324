import { IsObject, IsOptional, IsString, MaxLength } from 'class-validator';
import type { RunView } from '#libs/runs';

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

/** A run on the wire (protocol.md §8.2): three states, and ours beside them. */
export function toActionRun({ run, outcome }: RunView) {
  return {
    type: 'run',
    id: run.id,
    status: wireStatus(run.state),
    results: outcome?.results ?? [],
    errors: (outcome?.errors ?? []).map((error) => ({ ...error, meta: null })),
    state: run.state,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
  };
}

function wireStatus(state: RunView['run']['state']): 'waiting' | 'success' | 'error' {
  if (state === 'succeeded') return 'success';
  return state === 'failed' || state === 'outcome_unknown' ? 'error' : 'waiting';
}
