import { randomUUID } from 'node:crypto';
import type { App } from './catalog.js';

/** A person at Zapier, or somebody whom a partner vouches for. */
export interface User {
  id: string;
  /** `org/sub` of a partner's user, or the address of an account. */
  name: string;
  /** The partner whose user it is; null for an account of Zapier's own. */
  partner: string | null;
  /** As `/v1/profiles/me` numbers it. */
  number: number;
}

export interface Connection {
  /** Digits, as Connect gives it. */
  id: string;
  user: User;
  app: App;
  title: string;
  isExpired: boolean;
}

const FIRST_CONNECTION = 184_652_031;
const FIRST_USER = 88_998_899;

export class People {
  readonly #users = new Map<string, User>();
  readonly #connections = new Map<string, Connection>();
  #nextId = FIRST_CONNECTION;

  /** The same person in two tenants of a partner is two users (C21). */
  ofPartner(partner: string, org: string, sub: string): User {
    return this.#known(JSON.stringify([partner, org, sub]), `${org}/${sub}`, partner);
  }

  account(email: string): User {
    return this.#known(email, email, null);
  }

  byId(id: string): User | undefined {
    return [...this.#users.values()].find((user) => user.id === id);
  }

  connect(user: User, app: App, title = `${app.title} ${user.name}`): Connection {
    const id = String(this.#nextId);
    // An id is never given again.
    this.#nextId += 17;
    const connection = { id, user, app, title, isExpired: false };
    this.#connections.set(id, connection);
    return connection;
  }

  /** An id of somebody else's is as unknown as one of nobody's. */
  connection(user: User, id: string): Connection | undefined {
    const found = this.#connections.get(id);
    return found?.user === user ? found : undefined;
  }

  connections(): Connection[] {
    return [...this.#connections.values()];
  }

  setExpired(id: string, isExpired: boolean): void {
    this.#require(id).isExpired = isExpired;
  }

  forget(id: string): void {
    this.#connections.delete(this.#require(id).id);
  }

  #require(id: string): Connection {
    const found = this.#connections.get(id);
    if (!found) throw new Error(`There is no connection ${id}.`);
    return found;
  }

  #known(key: string, name: string, partner: string | null): User {
    const known = this.#users.get(key);
    if (known) return known;
    const user = { id: randomUUID(), name, partner, number: FIRST_USER + this.#users.size };
    this.#users.set(key, user);
    return user;
  }
}
