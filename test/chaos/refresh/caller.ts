import type { RefreshWorld } from './world.js';

/** What the partner's backend does with an access token, at whichever process it reaches. */
export class Caller {
  private constructor(
    private readonly world: RefreshWorld,
    private readonly token: string,
    private readonly action: string,
  ) {}

  static async of(world: RefreshWorld): Promise<Caller> {
    const token = await world.accessToken();
    const apps = await world.gatehouse.get('/v2/apps', token);
    const app = (apps.json as { data: { id: string; key?: string }[] }).data[0];
    const actions = await world.gatehouse.get(`/v2/actions?app=${app?.id}`, token);
    return new Caller(world, token, actions.at('data.0.id'));
  }

  /** Asks for the choices of an input: that calls the provider's API with the connection's access token. @returns the status */
  async choices(connection: string, process: number): Promise<number> {
    const path = `/v2/actions/${encodeURIComponent(this.action)}/inputs/list_id/choices`;
    const data = { authentication: connection, inputs: {} };
    return (await this.#send('POST', path, process, { data })).status;
  }

  /** @returns whether it was deleted */
  async disconnect(connection: string, process: number): Promise<boolean> {
    return (await this.#send('DELETE', `/v2/authentications/${connection}`, process)).status === 200;
  }

  async #send(method: string, path: string, process: number, body?: object): Promise<Response> {
    const { members } = this.world;
    const response = await fetch(`${members[process % members.length]?.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    await response.arrayBuffer();
    return response;
  }
}
