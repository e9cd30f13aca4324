import { h, svg } from './dom.js';
import { span } from './times.js';
import type { SigningKey } from './wire.js';

const LANE = 30;
const AXIS = 26;
const DAY = 86_400_000;
const MOST_LANES = 8;

interface Part {
  kind: 'published' | 'active' | 'retiring';
  from: number;
  to: number;
}

interface Scale {
  from: number;
  to: number;
}

/** When each key is published, signs and retires, as a picture; the table below it says the same in words. */
export function keyTimeline(keys: readonly SigningKey[], now: number): HTMLElement {
  const shown = newestFirst(keys).slice(0, MOST_LANES);
  const parts = shown.map((key) => partsOf(key, keys, now));
  const scale = scaleOf(parts.flat(), now);
  const height = AXIS + shown.length * LANE;
  const label = `Timeline of ${shown.length} keys: ${shown.map(({ kid, state }) => `${kid.slice(0, 8)} ${state}`).join(', ')}`;
  const at = (time: number) => `${percent(time, scale)}%`;
  const picture = svg(
    'svg',
    { class: 'timeline', role: 'img', 'aria-label': label, width: '100%', height },
    ...days(scale).map((day) => svg('line', { class: 'grid', x1: at(day), x2: at(day), y1: 18, y2: height })),
    ...shown.map((key, index) => lane(key, parts[index] ?? [], AXIS + index * LANE, scale)),
    svg('line', { class: 'now', x1: at(now), x2: at(now), y1: 14, y2: height }),
    svg('text', { class: 'now', x: at(now), y: 10, 'text-anchor': 'middle' }, 'now'),
    ...edges(scale, now),
  );
  const names = h(
    'div',
    { class: 'kids', 'aria-hidden': 'true' },
    ...shown.map(({ kid }) => h('code', {}, kid.slice(0, 8))),
  );
  return h('div', { class: 'lanes' }, names, picture);
}

/** By when they sign. */
export function newestFirst(keys: readonly SigningKey[]): SigningKey[] {
  return keys.toSorted((a, b) => b.activates_at.localeCompare(a.activates_at));
}

/** Of a key, what it does from when to when. One that follows ends the signing of the one before. */
function partsOf(key: SigningKey, keys: readonly SigningKey[], now: number): Part[] {
  const made = Date.parse(key.created_at);
  const signs = Date.parse(key.activates_at);
  const gone = key.state === 'revoked' ? (key.revoked_at ?? key.retires_at) : key.retires_at;
  const next = keys.map(({ activates_at: at }) => Date.parse(at)).filter((at) => at > signs);
  const replaced = next.length > 0 ? Math.min(...next) : null;
  const end = gone === null ? Math.max(replaced ?? 0, now + DAY) : Date.parse(gone);
  const signsUntil = Math.min(replaced ?? end, end);
  const all: Part[] = [
    { kind: 'published', from: made, to: Math.min(signs, end) },
    { kind: 'active', from: signs, to: signsUntil },
    { kind: 'retiring', from: signsUntil, to: end },
  ];
  return all.filter(({ from, to, kind }) => to > from && (kind !== 'retiring' || key.state !== 'active'));
}

/** From the first key that is shown to the last time that is known, and some room on both sides of now. */
function scaleOf(parts: readonly Part[], now: number): Scale {
  const from = Math.min(now - DAY / 2, ...parts.map((part) => part.from));
  const to = Math.max(now + DAY / 2, ...parts.map((part) => part.to));
  const room = (to - from) * 0.02;
  return { from: Math.max(from, now - 90 * DAY) - room, to: Math.min(to, now + 90 * DAY) + room };
}

function lane(key: SigningKey, parts: readonly Part[], top: number, scale: Scale): SVGElement {
  const bars = parts.map(({ kind, from, to }) => {
    const [left, right] = [percent(from, scale), percent(to, scale)];
    const width = Math.max(0.4, right - left);
    const bar = svg('rect', { class: kind, x: `${left}%`, width: `${width}%`, y: top + 3, height: 16, rx: 4 });
    bar.append(svg('title', {}, `${kind}: ${new Date(from).toLocaleString()} to ${new Date(to).toLocaleString()}`));
    return bar;
  });
  const last = parts.at(-1);
  const cross =
    key.state === 'revoked' &&
    last &&
    svg('text', { class: 'cross', x: `${percent(last.to, scale)}%`, y: top + 16 }, '✕');
  return svg('g', { class: `lane ${key.state}` }, ...bars, cross);
}

function days({ from, to }: Scale): number[] {
  const step = Math.max(1, Math.ceil((to - from) / DAY / 8)) * DAY;
  const first = Math.ceil(from / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, index) => first + index * step);
}

function edges({ from, to }: Scale, now: number): SVGElement[] {
  return [
    svg('text', { class: 'edge', x: 0, y: 10 }, `${span(now - from)} ago`),
    svg('text', { class: 'edge', x: '100%', y: 10, 'text-anchor': 'end' }, `in ${span(to - now)}`),
  ];
}

function percent(time: number, { from, to }: Scale): number {
  const share = ((time - from) / (to - from)) * 100;
  return Math.round(Math.min(100, Math.max(0, share)) * 100) / 100;
}
