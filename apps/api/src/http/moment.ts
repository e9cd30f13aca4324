import { isISO8601, ValidateBy } from 'class-validator';

/** ISO 8601 has forms that name no moment, such as a week, and some that `Date` does not read. @returns null for them and for what is none */
export function momentOf(value: unknown): Date | null {
  if (typeof value !== 'string' || !isISO8601(value, { strict: true })) return null;
  const moment = new Date(value);
  return Number.isNaN(moment.getTime()) ? null : moment;
}

/** A text of which `new Date` makes a moment. */
export function IsMoment(): PropertyDecorator {
  return ValidateBy({
    name: 'isMoment',
    validator: {
      validate: (value) => momentOf(value) !== null,
      defaultMessage: () => '$property must be a date and a time, such as 2026-03-01T12:00:00Z',
    },
  });
}
