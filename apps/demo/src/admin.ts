import { GatehouseError } from './gatehouse-error.js';
import { gatehouseRequest } from './gatehouse-request.js';

/** Gatehouse's admin API as its operator calls it. */
export class Admin {
  constructor(
    private readonly gatehouseUrl: string,
    private readonly token: string,
  ) {}

  get(path: string): Promise<unknown> {
    return this.send('GET', path);
  }

  /** Undefined where Gatehouse answers that it is there already. */
  async create(path: string, json: string | object): Promise<unknown> {
    try {
      return await this.send('POST', path, json);
    } catch (error) {
      if (error instanceof GatehouseError && error.status === 409) return undefined;
      throw error;
    }
  }

  put(path: string, json: object): Promise<unknown> {
    return this.send('PUT', path, json);
  }

  patch(path: string, json: object): Promise<unknown> {
    return this.send('PATCH', path, json);
  }

  private async send(method: string, path: string, json?: string | object): Promise<unknown> {
    const body = typeof json === 'object' ? JSON.stringify(json) : json;
    const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      return await gatehouseRequest(this.gatehouseUrl + path, { method, headers, ...(body !== undefined && { body }) });
    } catch (error) {
      if (!(error instanceof GatehouseError)) throw error;
      throw new GatehouseError(error.status, `${method} ${path} was refused: ${error.message}`);
    }
  }
}
