import { MAX_CHOICES } from './enumeration.js';
import type { LiveChoices } from './choices-extension.js';
import type { InputField } from './input-fields.js';
import { select } from './select.js';

/** The id is what a client sends as the input's value (protocol.md §7.7). */
export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly value: string;
}

/** The choices in the response of a live definition's operation: at most 1,000, each value once, those without one left out. */
export function readChoices(live: Pick<LiveChoices, 'items' | 'value' | 'label'>, responseBody: unknown): Choice[] {
  const items = select(responseBody, live.items);
  const choices = new Map<string, Choice>();
  for (const item of Array.isArray(items) ? (items as unknown[]) : []) {
    if (choices.size === MAX_CHOICES) break;
    const value = scalarText(select(item, live.value));
    if (value === undefined || choices.has(value)) continue;
    choices.set(value, { id: value, label: scalarText(select(item, live.label)) ?? value, value });
  }
  return [...choices.values()];
}

/** The choices that the field itself names; none for a free or a live field. */
export function staticChoices(field: Pick<InputField, 'choices'>): Choice[] {
  if (field.choices?.kind !== 'static') return [];
  return field.choices.values.map(({ value, label }) => ({ id: value, label, value }));
}

function scalarText(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}
