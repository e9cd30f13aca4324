import { html } from 'ghtml';
import { page, scriptData, type Page } from './page.js';
import { english as texts } from './texts.js';

/**
 * Takes what a legacy authorization server put into the address, the token into the fragment and an error into the query or the fragment, out of
 * the address and to us (protocol.md §2.2). It is the same page whatever is in the address.
 */
export function fragmentPage(): Page {
  return page({
    title: texts.fragment.title,
    body: html`<h1>${texts.fragment.title}</h1>
      <p role="status" id="working">${texts.fragment.working}</p>
      <p role="alert" id="failed" hidden></p>
      <noscript><p role="alert">${texts.fragment.noScript}</p></noscript>`,
    script: script(),
    sendsToSelf: true,
  });
}

function script(): string {
  return `const given = {};
for (const text of [location.search.slice(1), location.hash.slice(1)]) {
  for (const [name, value] of new URLSearchParams(text)) given[name] = value;
}
history.replaceState(null, '', location.pathname);
function fail(text) {
  document.getElementById('working').hidden = true;
  const failed = document.getElementById('failed');
  failed.textContent = text;
  failed.hidden = false;
}
fetch(location.pathname, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(given),
}).then(async (response) => {
  const { location: next, advice } = await response.json();
  if (next) location.replace(next);
  else fail(advice);
}).catch(() => fail(${scriptData(texts.fragment.failed)}));`;
}
