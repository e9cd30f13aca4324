type Child = Node | string | number | null | undefined | false;
export type Children = (Child | readonly Child[])[];
type Value = string | number | boolean | null | undefined | ((event: Event) => void);
type Properties = Readonly<Record<string, Value>>;

/** An element with attributes, `on…` listeners and children. Text is text: nothing here, or elsewhere in the console, reads HTML. */
export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: Children
): HTMLElementTagNameMap[Tag] {
  return filled(document.createElement(tag), properties, children);
}

export function svg(tag: string, properties: Properties = {}, ...children: Children): SVGElement {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

function filled<Made extends Element>(element: Made, properties: Properties, children: Children): Made {
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat().filter(isThere).map(asNode));
  return element;
}

function isThere(child: Child): child is Node | string | number {
  return child !== null && child !== undefined && child !== false;
}

function asNode(child: Node | string | number): Node | string {
  return typeof child === 'number' ? String(child) : child;
}

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'idle';

/** A state: in words, with a sign and a colour. */
export function pill(text: string, tone: Tone): HTMLElement {
  return h('span', { class: `pill ${tone}` }, text.replaceAll('_', ' '));
}

/** Something that has no end of its own, such as an id: short, whole on demand. */
export function code(text: string, length = 8): HTMLElement {
  const shown = text.length > length + 1 ? `${text.slice(0, length)}…` : text;
  return h('code', { title: text }, shown);
}

/** What there is when there is nothing: what it means, and what to do. */
export function empty(title: string, advice: string): HTMLElement {
  return h('div', { class: 'empty' }, h('b', {}, title), h('p', {}, advice));
}

/** A part of a page. */
export function section(title: string, ...children: Children): HTMLElement {
  return h('section', {}, h('h2', {}, title), ...children);
}

export function field(label: string, control: HTMLElement, help?: string): HTMLElement {
  return h('label', { class: 'field' }, h('span', {}, label), control, help !== undefined && h('small', {}, help));
}

export function textInput(name: string, placeholder = '', properties: Properties = {}): HTMLInputElement {
  return h('input', { name, placeholder, autocomplete: 'off', spellcheck: 'false', ...properties });
}

export function select(name: string, options: readonly (readonly [value: string, label: string])[]): HTMLSelectElement {
  return h('select', { name }, ...options.map(([value, label]) => h('option', { value }, label)));
}
