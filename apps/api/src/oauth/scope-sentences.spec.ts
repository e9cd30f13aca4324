import { expect, it } from 'vitest';
import { userScopes } from '#libs/tenants';
import { scopeSentences } from './scope-sentences.js';

it('every scope of users is said in words', () => {
  for (const scope of userScopes) expect(scopeSentences([scope])[0]).toMatch(/^[A-Z][^:]*( [^ ]+){2,}\.$/);
});

it('two spellings of one scope are said once', () => {
  expect(scopeSentences(['connection:read', 'authentication'])).toHaveLength(1);
  expect(scopeSentences(['zap', 'zap:write'])).toHaveLength(2);
});
