#!/usr/bin/env node
import 'reflect-metadata';
import { parseArgs } from 'node:util';
import { examine } from './examine.js';
import type { Finding } from './finding.js';

const USAGE = 'Usage: gatehouse doctor [--json]';

function readArguments(): { isJson: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    return positionals.join(' ') === 'doctor' ? { isJson: values.json } : null;
  } catch {
    return null;
  }
}

function toLines({ level, check, detail, next }: Finding): string {
  const line = `${level.padEnd(4)}  ${check.padEnd(13)}  ${detail}`;
  return next === undefined ? line : `${line}\n${' '.repeat(21)}→ ${next}`;
}

const given = readArguments();
if (given === null) {
  console.error(USAGE);
  process.exit(2);
}
const findings = await examine();
const failed = findings.filter(({ level }) => level === 'fail').length;
if (given.isJson) console.log(JSON.stringify({ ok: failed === 0, findings }, null, 2));
else
  console.log(
    `${findings.map(toLines).join('\n')}\n${failed === 0 ? 'Nothing fails.' : `${failed} of ${findings.length} fail.`}`,
  );
process.exit(failed === 0 ? 0 : 1);
