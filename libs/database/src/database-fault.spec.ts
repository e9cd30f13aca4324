import { expect, it } from 'vitest';
import { databaseFault, isDatabaseAway, isHeldUp } from './database-fault.js';

const failed = (code: string, message: string) => Object.assign(new Error(message), { code });

it.each([
  ['no server', failed('ECONNREFUSED', ''), /can not be reached: ECONNREFUSED\. Check DATABASE_URL/],
  ['no database', failed('3D000', 'database "x" does not exist'), /reached: database "x" does not exist\. Check/],
  ['no password', failed('28P01', 'password authentication failed for user "a"'), /Check DATABASE_URL/],
  [
    'no right, as the driver wraps it',
    Object.assign(new Error('wrapped'), { driverError: failed('42501', 'permission denied for schema public') }),
    /permission denied for schema public\. To migrate, name the account that owns the tables/,
  ],
  [
    'no role',
    failed('42501', 'The role a is missing. Run CREATE ROLE a.'),
    /^The role a is missing\. Run CREATE ROLE a\.$/,
  ],
])('%s: one sentence that says what to look at', (_, error, sentence) => {
  expect(databaseFault(error)).toMatch(sentence);
});

it.each([new Error('a mistake'), failed('23505', 'duplicate key'), 'text', null])(
  'anything else is told whole: %s',
  (error) => expect(databaseFault(error)).toBeNull(),
);

it.each([
  failed('ECONNREFUSED', ''),
  failed('57P01', 'terminating connection due to administrator command'),
  Object.assign(new Error('wrapped'), { driverError: failed('53300', 'sorry, too many clients already') }),
  new Error('timeout exceeded when trying to connect'),
  Object.assign(new Error('wrapped'), { driverError: new Error('Connection terminated unexpectedly') }),
])('it may go well a little later: %s', (error) => expect(isDatabaseAway(error)).toBe(true));

it.each([new Error('a mistake'), failed('23505', 'duplicate key'), failed('57014', 'statement timeout'), 'text', null])(
  'it would not: %s',
  (error) => expect(isDatabaseAway(error)).toBe(false),
);

it.each([
  ['57014', 'canceling statement due to statement timeout'],
  ['55P03', 'could not obtain lock'],
  ['40P01', 'deadlock detected'],
  ['40001', 'could not serialize access'],
])('others were in its way: %s %s', (code, message) => {
  const driverError = failed(code, message);
  expect(isHeldUp(driverError)).toBe(true);
  expect(isHeldUp(Object.assign(new Error('wrapped'), { driverError }))).toBe(true);
});

it.each([new Error('a mistake'), failed('23505', 'duplicate key'), failed('57P01', 'terminating'), 'text', null])(
  'nobody was in its way: %s',
  (error) => expect(isHeldUp(error)).toBe(false),
);
