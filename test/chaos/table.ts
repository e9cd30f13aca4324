import type { Finding } from './refresh/experiment.js';

/** A row for each finding, with what was missed below. */
export function findingsTable(findings: readonly Finding[]): string {
  const head = ['test', 'condition', 'refreshes', 'reuse', 'lost', 'marked', 'verdict'];
  const rows = findings.map(({ test, condition, refreshes, reuse, lost, marked, misses, skipped }) => {
    const verdict = skipped === undefined ? (misses.length === 0 ? 'holds' : 'MISSED') : 'skipped';
    const figures = skipped === undefined ? [refreshes, reuse, lost, marked].map(String) : ['', '', '', ''];
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
