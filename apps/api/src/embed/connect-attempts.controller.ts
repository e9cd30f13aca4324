import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { IsString, MaxLength } from 'class-validator';
import { Attempts, ConnectCompletion, type ConnectAttempt } from '#libs/connect';
import { problem } from '#libs/errors';
import { Clock } from '#libs/scheduling';
import { CallerOf, type UserCaller } from './caller.js';
import { OptionalDataPipe, pointerTo } from './data-pipe.js';
import { Requires } from './requires.js';

class ConfirmDto {
  @IsString()
  @MaxLength(255)
  connect_code!: string;
}

@Controller('v2/connect-attempts')
export class ConnectAttemptsController {
  constructor(
    private readonly attempts: Attempts,
    private readonly completion: ConnectCompletion,
    private readonly clock: Clock,
  ) {}

  @Get(':id')
  @Requires('connection:read')
  async get(@CallerOf() caller: UserCaller, @Param('id') id: string) {
    return { data: this.#toAttempt(await this.#find(caller, id)) };
  }

  /** The partner vouches that the person who consented is the user who began (contract §8). */
  @Post(':id/confirm')
  @HttpCode(200)
  @Requires('connection:write')
  async confirm(
    @CallerOf() caller: UserCaller,
    @Param('id') id: string,
    @Body(new OptionalDataPipe(ConfirmDto, 'refuse')) dto: ConfirmDto,
    @Body() body: unknown,
  ) {
    const attempt = await this.#find(caller, id);
    if (!(await this.completion.confirm(caller.tenantId, caller.userId, attempt.id, dto.connect_code))) {
      throw problem(
        'invalid',
        'This connect_code is not right, was used before, or has expired. Look at the attempt, and connect anew if it is not connected.',
        {
          source: { pointer: pointerTo('connect_code', body) },
        },
      );
    }
    return { data: this.#toAttempt(await this.#find(caller, id)) };
  }

  async #find({ tenantId, userId }: UserCaller, id: string): Promise<ConnectAttempt> {
    const attempt = await this.attempts.ofUser(tenantId, userId, id);
    if (!attempt)
      throw problem(
        'not_found',
        'There is no connect attempt with this id, of this user. Exchange a token for a new session code.',
      );
    return attempt;
  }

  #toAttempt({ id, state, connectionId, error, createdAt, expiresAt }: ConnectAttempt) {
    const isFinal = state === 'connected' || state === 'failed' || state === 'abandoned';
    return {
      type: 'connect_attempt',
      id,
      state: !isFinal && expiresAt < this.clock.now() ? 'abandoned' : state,
      authentication: connectionId,
      error,
      created_at: createdAt,
    };
  }
}
