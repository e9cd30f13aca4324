export type Json = Record<string, unknown>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The document as its author wrote it, read without the code under test. */
export class RawDocument {
  constructor(readonly root: Json) {}

  /** What a node is, its references followed. */
  resolve(node: unknown): Json {
    let current = node;
    for (let hops = 0; isObject(current) && typeof current.$ref === 'string' && hops < 50; hops += 1)
      current = this.at(current.$ref);
    return isObject(current) ? current : {};
  }

  at(reference: string): unknown {
    const names = decodeURIComponent(reference.slice(1)).split('/').slice(1);
    return names
      .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
      .reduce<unknown>((node, name) => (node as Json | undefined)?.[name], this.root);
  }

  operation(path: string, method: string): { pathItem: Json; operation: Json } {
    const pathItem = this.resolve((this.root.paths as Json)[path]);
    return { pathItem, operation: pathItem[method.toLowerCase()] as Json };
  }

  parameter(path: string, method: string, place: string, name: string): Json {
    const { pathItem, operation } = this.operation(path, method);
    const all = [...list(pathItem.parameters), ...list(operation.parameters)].map((node) => this.resolve(node));
    return all.findLast((parameter) => parameter.in === place && parameter.name === name) ?? {};
  }

  /** The schema of the body in the media type that is sent, or in the one that stands for all. */
  bodySchema(path: string, method: string, contentType: string): unknown {
    const { content } = this.resolve(this.operation(path, method).operation.requestBody);
    const types = Object.entries(isObject(content) ? content : {});
    const [, media] =
      types.find(([name]) => essence(name) === contentType) ?? types.find(([name]) => name.includes('*')) ?? [];
    return (media as Json | undefined)?.schema;
  }

  /** The members that a schema and all its parts declare. */
  members(node: unknown, depth = 12): Json {
    const schema = this.resolve(node);
    const parts = depth === 0 ? [] : list(schema.allOf).map((part) => this.members(part, depth - 1));
    const own = isObject(schema.properties) ? schema.properties : {};
    return Object.assign({}, ...parts, own) as Json;
  }
}

function essence(name: string): string {
  return name.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

export function list(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : [];
}
