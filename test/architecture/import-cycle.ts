/**
 * Circles in a graph of files, each once, as the list of its files (Tarjan's strongly connected components).
 * @param edges file → the files that it imports.
 */
export function findCycles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const order = new Map<string, number>();
  const low = new Map<string, number>();
  const open: string[] = [];
  const cycles: string[][] = [];

  const visit = (file: string): number => {
    const number = order.size;
    order.set(file, number);
    low.set(file, number);
    open.push(file);
    for (const next of edges.get(file) ?? []) {
      const reached = order.has(next) ? (open.includes(next) ? order.get(next) : undefined) : visit(next);
      low.set(file, Math.min(low.get(file) ?? number, reached ?? number));
    }
    const lowest = low.get(file) ?? number;
    if (lowest === number) {
      const circle = open.splice(open.indexOf(file));
      if (circle.length > 1 || edges.get(file)?.includes(file)) cycles.push(circle);
    }
    return lowest;
  };

  for (const file of edges.keys()) if (!order.has(file)) visit(file);
  return cycles;
}
