/** An element with attributes, `on…` listeners and children; empty children are left out. */
export function h(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(2).filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

const paths = {
  note: 'M5 3.5h7l3.5 3.5v9.5h-10.5z M12 3.5v3.5h3.5 M7.5 10.5h5 M7.5 13.2h3.5',
  plug: 'M7 3v4 M13 3v4 M5 7h10v3.2a5 5 0 0 1-10 0z M10 15.2v2.3',
  out: 'M8 5.5h-3.5v10h10v-3.5 M11 4.5h4.5v4.5 M15.5 4.5l-6.5 6.5',
  check: 'M4.8 10.4l3.4 3.4 7-7.8',
  cross: 'M6 6l8 8 M14 6l-8 8',
};

export function icon(name) {
  const namespace = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(namespace, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(namespace, 'path');
  path.setAttribute('d', paths[name]);
  svg.append(path);
  return svg;
}

/** 75 → "1 min 15 s", 7300 → "2 h". */
export function span(seconds) {
  // A number and its unit stay on one line.
  return spelled(seconds).replaceAll(' ', '\u00A0');
}

function spelled(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return `${Math.floor(whole / 60)} min${whole % 60 ? ` ${whole % 60} s` : ''}`;
  return whole < 5400
    ? `${Math.round(whole / 60)} min`
    : whole < 129600
      ? `${Math.round(whole / 3600)} h`
      : `${Math.round(whole / 86400)} days`;
}

export function alertBox(message, retry) {
  return h(
    'div',
    { class: 'alert', role: 'alert' },
    h('p', {}, message),
    retry && h('button', { class: 'plain', type: 'button', onclick: retry }, 'Try again'),
  );
}

export function skeleton(lines) {
  return h(
    'div',
    { class: 'skeleton', 'aria-hidden': 'true' },
    Array.from({ length: lines }, () => h('i')),
  );
}
