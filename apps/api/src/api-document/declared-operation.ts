import type { Type } from '@nestjs/common';
import type { Schema } from './schema.js';

/** Schemas by media type; null where there is nothing to say of the text. */
export type Content = Readonly<Record<string, Schema | null>>;

export interface Reply {
  description: string;
  content?: Content;
}

/** What the code of a route does not say of itself. */
export interface DeclaredOperation {
  summary: string;
  query?: Readonly<Record<string, Schema>>;
  /** Parameters of the query that must be there. */
  needs?: Readonly<Record<string, Schema>>;
  headers?: Readonly<Record<string, Schema>>;
  /** Where no BodyPipe stands at the body's parameter: the DTO, or schemas by media type. */
  body?: Type | Content;
  /** A schema is one of JSON; null is an answer without a body. */
  replies: Readonly<Record<number, Schema | Reply | null>>;
  /** Statuses of errors besides those that any operation of the surface can have. */
  errors?: readonly number[];
}

/** By method and path, such as `GET /v2/webhooks/{id}`. */
export type DeclaredOperations = Readonly<Record<string, DeclaredOperation>>;

export function html(description: string): Reply {
  return { description, content: { 'text/html': null } };
}

export function textOf(type: string, description: string): Reply {
  return { description, content: { [type]: null } };
}

export function onward(description: string): Reply {
  return { description };
}
