import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import type { Actor } from '#libs/audit';
import { Egress, EgressError } from '#libs/egress';
import { problem } from '#libs/errors';
import { Webhooks, type WebhookView } from '#libs/webhooks';
import { AddressOf } from './authentication-address.js';
import { CallerOf, type AppCaller } from './caller.js';
import { DataPipe } from './data-pipe.js';
import { Requires } from './requires.js';
import {
  CreateWebhookDto,
  lenientWebhookBody,
  ReplaceSecretDto,
  toWebhook,
  toWebhookChanges,
  UpdateWebhookDto,
} from './webhook.dto.js';

const DEFAULT_OVERLAP_SECONDS = 86_400;

const creation = new DataPipe(CreateWebhookDto);
const update = new DataPipe(UpdateWebhookDto);
const replacement = new DataPipe(ReplaceSecretDto);

/** Endpoints that are told what happens: a matter of the app, not of its users. */
@Controller('v2/webhooks')
export class WebhooksController {
  constructor(
    private readonly webhooks: Webhooks,
    private readonly egress: Egress,
  ) {}

  /** `secret` is in this answer and in no other. */
  @Post()
  @HttpCode(201)
  @Requires('webhook:write', { of: 'app' })
  async create(@CallerOf() caller: AppCaller, @AddressOf() address: string, @Body() body: unknown) {
    const { url, events = null } = await creation.transform(lenientWebhookBody(body));
    await this.#requireReachable(url);
    const { id, secret } = await this.webhooks.create(caller.tenantId, { url, types: events }, actor(caller, address));
    return { data: { ...toWebhook(await this.#find(caller, id)), secret: secret.reveal() } };
  }

  /** All of them: there are few. */
  @Get()
  @Requires('webhook:read', { of: 'app' })
  async list(@CallerOf() { tenantId }: AppCaller) {
    const data = (await this.webhooks.list(tenantId)).map(toWebhook);
    return { data, links: { next: null, prev: null }, meta: { count: data.length, limit: data.length, offset: 0 } };
  }

  @Get(':id')
  @Requires('webhook:read', { of: 'app' })
  async get(@CallerOf() caller: AppCaller, @Param('id') id: string) {
    return { data: toWebhook(await this.#find(caller, id)) };
  }

  @Patch(':id')
  @Requires('webhook:write', { of: 'app' })
  async update(
    @CallerOf() caller: AppCaller,
    @AddressOf() address: string,
    @Param('id') id: string,
    @Body() body: unknown,
  ) {
    const changes = toWebhookChanges(await update.transform(lenientWebhookBody(body)));
    if (changes.url !== undefined) await this.#requireReachable(changes.url);
    const isChanged = await this.webhooks.change(caller.tenantId, id, changes, actor(caller, address), 'owner');
    if (!isChanged) throw noWebhook();
    return { data: toWebhook(await this.#find(caller, id)) };
  }

  @Delete(':id')
  @Requires('webhook:write', { of: 'app' })
  async remove(@CallerOf() caller: AppCaller, @AddressOf() address: string, @Param('id') id: string) {
    if (!(await this.webhooks.remove(caller.tenantId, id, actor(caller, address)))) throw noWebhook();
    return { data: { type: 'webhook', id, deleted: true } };
  }

  /** `secret` is in this answer and in no other. Until `others_until` each delivery is signed with it and with those of before. */
  @Post(':id/secret')
  @HttpCode(201)
  @Requires('webhook:write', { of: 'app' })
  async replaceSecret(
    @CallerOf() caller: AppCaller,
    @AddressOf() address: string,
    @Param('id') id: string,
    @Body() body: unknown,
  ) {
    const dto = await replacement.transform(lenientWebhookBody(body));
    const overlapSeconds = dto.overlap_seconds ?? DEFAULT_OVERLAP_SECONDS;
    const replaced = await this.webhooks.replaceSecret(caller.tenantId, id, overlapSeconds, actor(caller, address));
    if (!replaced) throw noWebhook();
    return { data: { type: 'webhook', id, secret: replaced.secret.reveal(), others_until: replaced.othersUntil } };
  }

  async #find({ tenantId }: AppCaller, id: string): Promise<WebhookView> {
    const view = await this.webhooks.find(tenantId, id);
    if (!view) throw noWebhook();
    return view;
  }

  /** Checked again when it is called: this only says early what would be refused then. */
  async #requireReachable(url: string): Promise<void> {
    try {
      await this.egress.check(url);
    } catch (error) {
      if (!(error instanceof EgressError)) throw error;
      throw problem('invalid', `url can not be called. ${error.message}`, { source: { pointer: '/data/url' } });
    }
  }
}

function actor({ clientId }: AppCaller, address: string): Actor {
  return { name: `client:${clientId}`, address };
}

export function noWebhook(): Error {
  return problem('not_found', 'There is no webhook with this id. GET …/webhooks lists them.');
}
