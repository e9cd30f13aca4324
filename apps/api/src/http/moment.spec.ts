import { describe, expect, it } from 'vitest';
import { BodyPipe } from './body-pipe.js';
import { IsMoment, momentOf } from './moment.js';

class Dto {
  @IsMoment()
  at!: string;
}

describe('a moment', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5+02:00', '2026-03-01T10:00:00.500Z'],
    ['2026-03-01', '2026-03-01T00:00:00.000Z'],
  ])('is read from %s', async (at, moment) => {
    expect(momentOf(at)?.toISOString()).toBe(moment);
    expect(await new BodyPipe(Dto).transform({ at })).toEqual({ at });
  });

  it.each([
    '2026-W01',
    '20260101',
    '2026-060',
    '2026-02-30',
    '2026-13-01T00:00:00Z',
    'soon',
    '',
    1,
    null,
    ['2026-03-01'],
  ])('is not in %j, which is refused at its place', async (at) => {
    expect(momentOf(at)).toBeNull();
    await expect(new BodyPipe(Dto).transform({ at })).rejects.toMatchObject({
      list: [{ code: 'invalid', source: { pointer: '/at' } }],
    });
  });
});
