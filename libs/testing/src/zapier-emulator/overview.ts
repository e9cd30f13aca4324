import { html } from 'ghtml';
import type { Handler } from './exchange.js';
import { layout } from './pages.js';
import { page } from './reply.js';

const SHOWN = 40;

/** What this is, and what was asked of it lately. */
export const showOverview: Handler = ({ world }) => {
  const calls = world.log.last(SHOWN).toReversed();
  const rows = calls.map(
    ({ at, method, path, status, client, user }) =>
      html`<tr>
        <td>${new Date(at).toISOString().slice(11, 23)}</td>
        <td>${method}</td>
        <td>${path}</td>
        <td>${status ?? 'no answer'}</td>
        <td>${client ?? ''}</td>
        <td>${user ?? ''}</td>
      </tr>`,
  );
  const main = html`<p>
      This is no Zapier. It speaks the published protocol of Zapier's API for embedding, so that what calls it can be
      tried and tested without an account. It keeps everything in memory.
    </p>
    <h2>Recent calls</h2>
    <table>
      <thead>
        <tr>
          <th>Time</th>
          <th>Method</th>
          <th>Path</th>
          <th>Status</th>
          <th>Client</th>
          <th>User</th>
        </tr>
      </thead>
      <tbody>
        !${rows.join('')}
      </tbody>
    </table>`;
  return page(layout('An emulator of Zapier', main, '<meta http-equiv="refresh" content="2" />'));
};
