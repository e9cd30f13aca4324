import { h } from './dom.js';

const UNITS: readonly (readonly [seconds: number, name: Intl.RelativeTimeFormatUnit])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' });
const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** "in 5 min.", "3 days ago"; the time itself on demand. It goes on by itself. @param iso null where there is no such time */
export function ago(iso: string | null, none = '—'): HTMLElement {
  if (iso === null) return h('span', { class: 'soft' }, none);
  return h('time', { datetime: iso, title: moment(iso), 'data-live': true }, spoken(iso));
}

/** The time itself, as clocks here show it. */
export function moment(iso: string): string {
  return absolute.format(new Date(iso));
}

function spoken(iso: string): string {
  const seconds = Math.round((Date.parse(iso) - Date.now()) / 1000);
  if (Math.abs(seconds) < 2) return 'now';
  const [size, unit] = UNITS.find(([least]) => Math.abs(seconds) >= least * 1.5) ?? [1, 'second'];
  return relative.format(Math.round(seconds / size), unit);
}

/** 0.4 s, 75 s, 3 min, 2 h */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.round(seconds / 3600)} h` : `${Math.round(seconds / 86_400)} days`;
}

/** Once a second, all times that are shown. */
export function keepTimes(): void {
  setInterval(() => {
    if (document.hidden) return;
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-live]')) {
      const text = spoken(time.dateTime);
      if (time.textContent !== text) time.textContent = text;
    }
  }, 1000);
}
