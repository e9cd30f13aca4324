import { Body, Controller, Get, Header, HttpCode, Param, Patch, Post, UseGuards } from '@nestjs/common';
import { Audit, type Actor } from '#libs/audit';
import type { TenantId } from '#libs/database';
import { problem, type Problem } from '#libs/errors';
import { ClientDirectory, Disabling } from '#libs/oauth';
import { Clock, secondsAfter } from '#libs/scheduling';
import { Clients, Tenants, type Client } from '#libs/tenants';
import { BodyPipe } from '../http/body-pipe.js';
import { AdminActor } from './actor.js';
import { AdminGuard } from './admin.guard.js';
import { changedMembers } from './changed-members.js';
import { requireRoom } from './tenant-quotas.js';
import { CreateClientDto, ReplaceSecretDto, UpdateClientDto, toClient, toClientChanges } from './client.dto.js';

/** The OAuth clients of a tenant. A secret is in the answer that makes it and nowhere else, ever again. */
@Controller('admin/tenants/:slug/clients')
@UseGuards(AdminGuard)
export class ClientsController {
  constructor(
    private readonly tenants: Tenants,
    private readonly clients: Clients,
    private readonly directory: ClientDirectory,
    private readonly disabling: Disabling,
    private readonly audit: Audit,
    private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(201)
  @Header('cache-control', 'no-store')
  async create(
    @Param('slug') slug: string,
    @Body(new BodyPipe(CreateClientDto)) dto: CreateClientDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const {
      redirect_uris: redirectUris = [],
      public: isPublic = false,
      refresh_grace_seconds: refreshGraceSeconds,
      refresh_lifetime_seconds: refreshLifetimeSeconds,
      ...values
    } = dto;
    const settings = { ...values, redirectUris, refreshGraceSeconds, refreshLifetimeSeconds, isPublic };
    const { client, secret } = await this.clients.add(id, settings, async ({ clientId }, tx) => {
      await requireRoom(tx, id, 'clients');
      await this.audit.record(tx, id, {
        actor,
        action: 'client.created',
        subject: clientId,
        details: { grants: dto.grants.join(' '), scopes: dto.scopes.join(' '), public: isPublic },
      });
    });
    return { ...toClient(client), ...(secret && { client_secret: secret.reveal() }) };
  }

  @Get()
  async list(@Param('slug') slug: string) {
    const { id } = await this.tenants.bySlug(slug);
    return { clients: (await this.clients.list(id)).map(toClient) };
  }

  @Get(':client')
  async get(@Param('slug') slug: string, @Param('client') clientId: string) {
    return toClient(await this.#find((await this.tenants.bySlug(slug)).id, clientId));
  }

  @Patch(':client')
  async update(
    @Param('slug') slug: string,
    @Param('client') clientId: string,
    @Body(new BodyPipe(UpdateClientDto)) dto: UpdateClientDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const { disabled, ...settings } = dto;
    const client = await this.clients.update(id, clientId, toClientChanges(dto), async (tx) => {
      const details = changedMembers(settings);
      if (details) await this.audit.record(tx, id, { actor, action: 'client.changed', subject: clientId, details });
      if (disabled !== undefined) await this.disabling.set(id, { kind: 'client', id: clientId, disabled }, actor, tx);
    });
    if (!client) throw unknownClient();
    await this.disabling.takeEffect(id, 'client', clientId);
    return toClient(client);
  }

  @Post(':client/secret')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  async replaceSecret(
    @Param('slug') slug: string,
    @Param('client') clientId: string,
    @Body(new BodyPipe(ReplaceSecretDto, { unknownMembers: 'refuse', emptyBody: 'accept' })) dto: ReplaceSecretDto,
    @AdminActor() actor: Actor,
  ) {
    const { id } = await this.tenants.bySlug(slug);
    const { grace_seconds: graceSeconds = 0 } = dto;
    const previousUntil = graceSeconds === 0 ? null : secondsAfter(this.clock.now(), graceSeconds);
    const replaced = await this.clients.replaceSecret(id, clientId, previousUntil, (tx) =>
      this.audit.record(tx, id, {
        actor,
        action: 'client.secret_replaced',
        subject: clientId,
        details: { grace_seconds: graceSeconds },
      }),
    );
    if (!replaced) {
      await this.#find(id, clientId);
      throw publicClient();
    }
    this.directory.forget(clientId);
    return { ...toClient(replaced.client), client_secret: replaced.secret.reveal() };
  }

  async #find(tenantId: TenantId, clientId: string): Promise<Client> {
    const client = await this.clients.find(tenantId, clientId);
    if (!client) throw unknownClient();
    return client;
  }
}

function unknownClient(): Problem {
  return problem('not_found', 'There is no client with this id. GET …/clients lists them.');
}

function publicClient(): Problem {
  return problem(
    'conflict',
    'This client is public and has no secret. Register another one for a server that can keep one.',
  );
}
