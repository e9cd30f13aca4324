import { expect, it } from 'vitest';
import { answerLimits } from '#libs/egress';
import { readAnswerLimits } from './limit-table.js';

it('what others may answer is documented as it is enforced', () => {
  expect(readAnswerLimits()).toEqual(answerLimits);
});
