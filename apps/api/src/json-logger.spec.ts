import { expect, it } from 'vitest';
import { JsonLogger } from './json-logger.js';

function written(level: string): string[] {
  const lines: { context: string }[] = [];
  const logger = new JsonLogger(level, { write: (line) => void lines.push(JSON.parse(line) as { context: string }) });
  for (const context of ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestApplication', 'Start'])
    logger.log('started', context);
  logger.warn('something is wrong', 'RouterExplorer');
  return lines.map(({ context }) => context);
}

it('what the framework tells of its start is for debug alone, and its warnings are not', () => {
  expect(written('info')).toEqual(['Start', 'RouterExplorer']);
  expect(written('debug')).toHaveLength(6);
});
