import type { HttpServer } from '#libs/testing';
import type { Answer } from '../main-job/answer.js';
import type { EmbedUser } from '../main-job/embed-user.js';
import { RegistryScene } from '../registry/registry-scene.js';
import { answerAsDesk, deskDocument } from './ticket-desk.js';

const APP = 'ticket-desk';

/** The service and a tracker that it calls: each user has a key of their own there. */
export class CatalogScene {
  private constructor(
    readonly registry: RegistryScene,
    readonly appId: string,
  ) {}

  static async start(): Promise<CatalogScene> {
    const registry = await RegistryScene.start();
    registry.server.answerWith(answerAsDesk);
    const { id } = (await registry.gatehouse.admin('POST', '/admin/apps', deskDocument(APP, registry.server.origin)))
      .json as { id: string };
    return new CatalogScene(registry, id);
  }

  get server(): HttpServer {
    return this.registry.server;
  }

  async user(name: string): Promise<DeskUser> {
    const embed = await this.registry.user(name);
    const body = { title: name, app: this.appId, authentication_fields: { api_key: `key-of-${name}` } };
    const authentication = (await embed.post('/v2/authentications', { data: body })).at('data.0.id');
    this.server.requests.length = 0;
    return new DeskUser(embed, this.appId, authentication);
  }

  close(): Promise<void> {
    return this.registry.close();
  }
}

export class DeskUser {
  constructor(
    readonly embed: EmbedUser,
    private readonly appId: string,
    readonly authentication: string,
  ) {}

  async actionPath(key: string): Promise<string> {
    const { data } = (await this.embed.get(`/v2/actions?app=${this.appId}`)).json as {
      data: { key: string; id: string }[];
    };
    return `/v2/actions/${encodeURIComponent(data.find((action) => action.key === key)?.id ?? '')}`;
  }

  /** @param what the rest of the path, with the query */
  async ask(key: string, what: string, data: object = {}): Promise<Answer> {
    const body = { data: { authentication: this.authentication, inputs: {}, ...data } };
    return this.embed.post(`${await this.actionPath(key)}/${what}`, body);
  }

  choices(input: string, inputs: object = {}, query = ''): Promise<Answer> {
    return this.ask('createTicket', `inputs/${input}/choices${query}`, { inputs });
  }
}
