import ts from 'typescript';

export interface Parameter {
  name: string;
  type: string;
}

export interface TenantMethod {
  file: string;
  service: string;
  method: string;
  /** Behind the tenant. */
  parameters: Parameter[];
}

/** Every public method of every provider of the libs that takes the tenant first, as the sources say. */
export function tenantMethods(): TenantMethod[] {
  return sources().flatMap((file) => {
    const source = ts.createSourceFile(file, ts.sys.readFile(file) ?? '', ts.ScriptTarget.Latest, true);
    return source.statements.filter(isProvider).flatMap((service) => methodsOf(service, file));
  });
}

function sources(): string[] {
  const all = ts.sys.readDirectory('libs', ['.ts'], ['**/*spec.ts', 'libs/testing/**', '**/node_modules/**']);
  return all.filter((file) => file.includes('/src/')).toSorted();
}

function isProvider(statement: ts.Statement): statement is ts.ClassDeclaration {
  return (
    ts.isClassDeclaration(statement) &&
    (ts.getDecorators(statement) ?? []).some((one) => one.getText().startsWith('@Injectable'))
  );
}

function methodsOf({ name, members }: ts.ClassDeclaration, file: string): TenantMethod[] {
  return members.filter(ts.isMethodDeclaration).flatMap((method) => {
    const [tenant, ...others] = method.parameters;
    if (ts.isPrivateIdentifier(method.name) || tenant?.type?.getText() !== 'TenantId') return [];
    const parameters = others
      .filter(({ initializer, questionToken }) => !initializer && !questionToken)
      .map((one) => ({ name: flat(one.name), type: one.type ? flat(one.type) : '' }));
    return [{ file, service: name?.text ?? '', method: method.name.getText(), parameters }];
  });
}

function flat(node: ts.Node): string {
  return node.getText().replaceAll(/\s+/g, ' ');
}
