import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { Config } from '#libs/config';
import { ConnectLinks, type ConnectLink } from '#libs/connect';
import { Connections } from '#libs/connections';
import { problem } from '#libs/errors';
import { Tenants, Users } from '#libs/tenants';
import { UpstreamApps } from '#libs/upstream';
import { AddressOf } from './authentication-address.js';
import { CallerOf, type UserCaller } from './caller.js';
import { CreateConnectLinkDto, toConnectLink } from './connect-link.dto.js';
import { OptionalDataPipe, pointerTo } from './data-pipe.js';
import { PagingOf, pageOf, type Paging } from './paging.js';
import { Requires } from './requires.js';

type Refusal = (member: keyof CreateConnectLinkDto, sentence: string) => Error;

/** Links that a partner mails to a user of its own: with a token of that user, so that nobody makes one for somebody else. */
@Controller('v2/connect-links')
export class ConnectLinksController {
  constructor(
    private readonly config: Config,
    private readonly apps: UpstreamApps,
    private readonly tenants: Tenants,
    private readonly users: Users,
    private readonly connections: Connections,
    private readonly links: ConnectLinks,
  ) {}

  /** `url` is in this answer and nowhere else, ever again. */
  @Post()
  @HttpCode(201)
  @Requires('connection:write')
  async create(
    @CallerOf() caller: UserCaller,
    @AddressOf() address: string,
    @Body(new OptionalDataPipe(CreateConnectLinkDto)) dto: CreateConnectLinkDto,
    @Body() body: unknown,
  ) {
    const refused: Refusal = (member, sentence) =>
      problem('invalid', sentence, { source: { pointer: pointerTo(member, body) } });
    const app = await this.apps.find(caller.tenantId, dto.app);
    if (!app) throw refused('app', 'There is no app with this id or key.');
    const { redirect_uri: redirectUri = null, reconnect_id: reconnectId = null } = dto;
    await this.#requireOwnUser(caller, dto.user, refused);
    await this.#requireWayBack(caller, redirectUri, refused);
    if (reconnectId !== null) await this.#requireConnection(caller, reconnectId, app.id, refused);
    const { userId } = caller;
    const [userTitle, expiresInSeconds] = [dto.user_title ?? null, dto.expires_in ?? 86_400];
    const wanted = { userId, appId: app.id, userTitle, redirectUri, reconnectId, expiresInSeconds };
    const { link, token } = await this.links.create(caller.tenantId, wanted, address);
    const url = `${this.config.publicUrl}/to/${app.definition.key}?link=${token}`;
    return { data: { ...this.#shown(link), url } };
  }

  @Get()
  @Requires('connection:read')
  async list(@CallerOf() { tenantId, userId }: UserCaller, @PagingOf() paging: Paging) {
    const { links, count } = await this.links.list(tenantId, userId, paging);
    return pageOf(
      links.map((link) => this.#shown(link)),
      count,
      paging,
      this.config.publicUrl,
    );
  }

  @Get(':id')
  @Requires('connection:read')
  async get(@CallerOf() { tenantId, userId }: UserCaller, @Param('id') id: string) {
    return { data: this.#shown(found(await this.links.find(tenantId, userId, id))) };
  }

  /** Attempts that it began and that are under way end as well. */
  @Delete(':id')
  @Requires('connection:write')
  async revoke(@CallerOf() { tenantId, userId }: UserCaller, @AddressOf() address: string, @Param('id') id: string) {
    return { data: this.#shown(found(await this.links.revoke(tenantId, userId, id, address))) };
  }

  #shown(link: ConnectLink) {
    return toConnectLink(link, this.links.statusOf(link));
  }

  async #requireOwnUser(
    { tenantId, userId }: UserCaller,
    subject: string | undefined,
    refused: Refusal,
  ): Promise<void> {
    if (subject === undefined || (await this.users.find(tenantId, userId))?.subject === subject) return;
    throw refused('user', 'A link is for the user whose token makes it. Exchange a JWT of that user first.');
  }

  /** Under the strict policy the partner's page proves who came back: docs/decisions/0005-hosted-links.md. */
  async #requireWayBack({ tenantId }: UserCaller, redirectUri: string | null, refused: Refusal): Promise<void> {
    const tenant = await this.tenants.byId(tenantId);
    if (redirectUri === null && tenant?.connectPolicy === 'strict')
      throw refused('redirect_uri', 'Under the strict policy a link needs a redirect_uri, whose page confirms.');
    if (redirectUri !== null && !tenant?.redirectUris.includes(redirectUri))
      throw refused('redirect_uri', 'This is not one of the registered redirect URIs.');
  }

  async #requireConnection(
    { tenantId, userId }: UserCaller,
    id: string,
    appId: string,
    refused: Refusal,
  ): Promise<void> {
    if ((await this.connections.find(tenantId, userId, id))?.appId !== appId)
      throw refused('reconnect_id', 'There is no connection of this app with this id.');
  }
}

function found(link: ConnectLink | null): ConnectLink {
  if (!link) throw problem('not_found', 'There is no connect link with this id. GET /v2/connect-links lists them.');
  return link;
}
