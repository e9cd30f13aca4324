import { expect, it } from 'vitest';
import { databaseFault } from './database-fault.js';

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
