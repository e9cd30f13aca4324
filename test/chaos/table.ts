/** What one condition came to, as far as any table tells it. */
export interface Told {
  test: string;
  condition: string;
  misses: string[];
  notes: string[];
  skipped?: string;
}

/** A row for each finding, with what was missed below. */
export function findingsTable<Finding extends Told>(
  findings: readonly Finding[],
  columns: Readonly<Record<string, (finding: Finding) => number>>,
): string {
  const head = ['test', 'condition', ...Object.keys(columns), 'verdict'];
  const rows = findings.map((finding) => {
    const { test, condition, misses, skipped } = finding;
    const verdict = skipped === undefined ? (misses.length === 0 ? 'holds' : 'MISSED') : 'skipped';
    const figures = Object.values(columns).map((figure) => (skipped === undefined ? String(figure(finding)) : ''));
    return [test, condition, ...figures, verdict];
  });
  const remarks = findings.flatMap(({ test, condition, misses, notes, skipped }) =>
    [
      ...(skipped === undefined ? [] : [`skipped: ${skipped}`]),
      ...misses.map((miss) => `MISSED: ${miss}`),
      ...notes,
    ].map((remark) => `${test} (${condition}): ${remark}`),
  );
  return [table([head, ...rows]), ...(remarks.length > 0 ? ['', ...remarks] : [])].join('\n');
}

function table(rows: string[][]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('   ')
        .trimEnd(),
    )
    .join('\n');
}
