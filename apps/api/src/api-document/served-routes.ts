import { RequestMethod, type Type } from '@nestjs/common';
import {
  GUARDS_METADATA,
  METHOD_METADATA,
  MODULE_METADATA,
  PATH_METADATA,
  ROUTE_ARGS_METADATA,
} from '@nestjs/common/constants.js';
import { AdminGuard } from '../admin/admin.guard.js';
import { accessKey, type Access } from '../embed/access.js';
import { DataPipe, OptionalDataPipe } from '../embed/data-pipe.js';
import { BodyPipe } from '../http/body-pipe.js';

/** A route as its code declares it. */
export interface ServedRoute {
  /** Lower case. */
  method: string;
  /** As OpenAPI writes it: `/v2/webhooks/{id}`. */
  path: string;
  /** Of the code: the same for each path of a handler that has several. */
  name: string;
  access: Access | 'admin' | null;
  body: { dto: Type; envelope: 'needed' | 'taken' | 'none'; mayBeLeftOut: boolean } | null;
}

type Handler = (...parameters: never[]) => unknown;

/** Every route of the controllers of a module, and of those that it imports. */
export function servedRoutes(modules: readonly unknown[]): ServedRoute[] {
  return [...controllersOf(modules)].flatMap(routesOf);
}

function controllersOf(modules: readonly unknown[], found = new Set<Type>(), seen = new Set<unknown>()): Set<Type> {
  for (const entry of modules) {
    const { module = entry } = Object(entry) as { module?: unknown };
    if (typeof module !== 'function' || seen.has(module)) continue;
    seen.add(module);
    for (const controller of (read(MODULE_METADATA.CONTROLLERS, module) as Type[] | undefined) ?? [])
      found.add(controller);
    controllersOf((read(MODULE_METADATA.IMPORTS, module) as unknown[] | undefined) ?? [], found, seen);
  }
  return found;
}

function routesOf(controller: Type): ServedRoute[] {
  const prototype = controller.prototype as Record<string, unknown>;
  return Object.getOwnPropertyNames(prototype).flatMap((member) => {
    const handler = prototype[member];
    if (typeof handler !== 'function' || member === 'constructor') return [];
    const method = read(METHOD_METADATA, handler) as RequestMethod | undefined;
    // HEAD answers as GET does, without the body.
    if (method === undefined || method === RequestMethod.HEAD) return [];
    const route = {
      method: RequestMethod[method].toLowerCase(),
      name: `${controller.name.replace(/Controller$/, '')}.${member}`,
      access: accessOf(controller, handler as Handler),
      body: bodyOf(controller, member),
    };
    return pathsOf(controller).flatMap((base) =>
      pathsOf(handler).map((path) => ({ ...route, path: joined(base, path) })),
    );
  });
}

function accessOf(controller: Type, handler: Handler): ServedRoute['access'] {
  const guards = [controller, handler].flatMap(
    (target) => (read(GUARDS_METADATA, target) as unknown[] | undefined) ?? [],
  );
  if (guards.includes(AdminGuard)) return 'admin';
  return (read(accessKey, handler) as Access | undefined) ?? null;
}

function bodyOf(controller: Type, member: string): ServedRoute['body'] {
  const parameters = Reflect.getMetadata(ROUTE_ARGS_METADATA, controller, member) as
    Record<string, { pipes?: unknown[] }> | undefined;
  for (const pipe of Object.values(parameters ?? {}).flatMap(({ pipes = [] }) => pipes)) {
    if (pipe instanceof DataPipe) return { dto: pipe.dto, envelope: 'needed', mayBeLeftOut: false };
    if (pipe instanceof OptionalDataPipe) return { dto: pipe.dto, envelope: 'taken', mayBeLeftOut: false };
    if (pipe instanceof BodyPipe)
      return { dto: pipe.dto, envelope: 'none', mayBeLeftOut: pipe.options.emptyBody === 'accept' };
  }
  return null;
}

function pathsOf(target: object): string[] {
  return [(read(PATH_METADATA, target) as string | string[] | undefined) ?? ''].flat();
}

function joined(base: string, path: string): string {
  const parts = [base, path].flatMap((part) => part.split('/')).filter(Boolean);
  return `/${parts.map((part) => part.replace(/^:(.+)$/, '{$1}')).join('/')}`;
}

function read(key: string, target: object): unknown {
  return Reflect.getMetadata(key, target);
}
