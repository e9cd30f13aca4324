import { button, tell } from './acting.js';
import { get, sentenceOf } from './api.js';
import { h, type Children } from './dom.js';

const RETRY_MILLISECONDS = 5000;

/**
 * Rows that are drawn anew only where what they show has changed: a list that is read every second keeps its place, its selection and its focus.
 * @returns draws these, in this order
 */
export function keyed<Item>(
  into: HTMLElement,
  idOf: (item: Item) => string,
  draw: (item: Item) => HTMLElement,
): (items: readonly Item[]) => void {
  const rows = new Map<string, { text: string; row: HTMLElement }>();
  return (items) => {
    const ids = new Set(items.map(idOf));
    for (const [id, { row }] of rows) {
      if (ids.has(id)) continue;
      row.remove();
      rows.delete(id);
    }
    let before: Element | null = into.firstElementChild;
    for (const item of items) {
      const known = rows.get(idOf(item));
      const text = JSON.stringify(item);
      const row = known?.text === text ? known.row : draw(item);
      if (known && known.row !== row) replace(known.row, row);
      if (before === known?.row) before = row;
      rows.set(idOf(item), { text, row });
      if (before === row) before = row.nextElementSibling;
      else into.insertBefore(row, before);
    }
  };
}

function replace(old: HTMLElement, row: HTMLElement): void {
  const focused = old.contains(document.activeElement) ? document.activeElement?.getAttribute('data-act') : null;
  old.replaceWith(row);
  if (focused) row.querySelector<HTMLElement>(`[data-act="${focused}"]`)?.focus();
}

/** A table whose cells carry the name of their column, for screens that have no room for columns. */
export function table(columns: readonly string[], caption: string) {
  const body = h('tbody');
  const heads = columns.map((column) => h('th', { scope: 'col' }, column || h('span', { class: 'unseen' }, 'Actions')));
  const element = h('table', {}, h('caption', {}, caption), h('thead', {}, h('tr', {}, ...heads)), body);
  const row = (...cells: Children) =>
    h('tr', {}, ...cells.map((cell, index) => h('td', { 'data-column': columns[index] ?? '' }, ...[cell].flat())));
  return { element, body, row };
}

/**
 * Reads again and again until the view goes, and says so while it can not.
 * @param work is to read with its signal: a turn that a later one has overtaken shows nothing, and its failure is nobody's
 * @returns reads now
 */
export function poll(
  everyMilliseconds: number,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): () => Promise<void> {
  let timer = 0;
  let overtaken = new AbortController();
  let isFailing = false;
  const turn = async () => {
    clearTimeout(timer);
    overtaken.abort();
    const mine = (overtaken = new AbortController());
    let wait = everyMilliseconds;
    try {
      if (!document.hidden) await work(AbortSignal.any([signal, mine.signal]));
      isFailing = false;
    } catch (error) {
      if (signal.aborted || mine.signal.aborted) return;
      if (!isFailing) tell(sentenceOf(error), 'bad');
      isFailing = true;
      wait = Math.max(wait, RETRY_MILLISECONDS);
    }
    // A turn that was asked for in between goes on in the place of this one.
    if (!signal.aborted && !mine.signal.aborted) timer = setTimeout(() => void turn(), wait);
  };
  document.addEventListener('visibilitychange', () => void turn(), { signal });
  signal.addEventListener('abort', () => clearTimeout(timer));
  void turn();
  return turn;
}

interface Pages<Item> {
  /** Of the first page, with its filters. */
  address: () => string;
  /** The member of the answer that holds the rows. */
  member: string;
  show: (items: readonly Item[]) => void;
  signal: AbortSignal;
}

/** A list by pages, newest first by id: the first page is read again with the view, the others stay as they were read. */
export function pages<Item extends { id: string }>({ address, member, show, signal }: Pages<Item>) {
  let known: Item[] = [];
  let cursor: string | null = null;
  let isBegun = false;
  let question = 0;
  let refreshes = 0;
  /**
   * @returns null where the answer is to filters that have changed since, or to a view that is gone, or where a later reading has overtaken it:
   * nobody waits for it, nor for its failure
   */
  const read = async (path: string, isOvertaken = () => false) => {
    const asked = question;
    const isStale = () => asked !== question || signal.aborted || isOvertaken();
    try {
      const answer = await get<Record<string, Item[]> & { next_cursor: string | null }>(path, signal);
      return isStale() ? null : { items: answer[member] ?? [], next: answer.next_cursor };
    } catch (error) {
      if (isStale()) return null;
      throw error;
    }
  };
  const draw = () => {
    show(known);
    more.hidden = cursor === null;
  };
  const refresh = async () => {
    const mine = (refreshes += 1);
    const answer = await read(address(), () => mine !== refreshes);
    if (!answer) return;
    const { items, next } = answer;
    const oldest = items.at(-1)?.id ?? '';
    known = [...items, ...(next === null ? [] : known.filter(({ id }) => id < oldest))];
    if (!isBegun || next === null) cursor = next;
    isBegun = true;
    draw();
  };
  const more: HTMLButtonElement = button('Show more', async () => {
    const path = address();
    const answer = await read(`${path}${path.includes('?') ? '&' : '?'}cursor=${cursor ?? ''}`);
    if (!answer) return;
    known = [...known, ...answer.items];
    cursor = answer.next;
    draw();
  });
  more.hidden = true;
  /** Other filters: what was read goes. */
  const restart = () => {
    question += 1;
    known = [];
    isBegun = false;
    more.hidden = true;
    return refresh();
  };
  return { refresh, restart, more };
}
