import { ask } from './backend.js';
import { connect } from './connecting.js';
import { alertBox, h, span } from './dom.js';

const statuses = {
  connected: { words: 'Connected', tone: 'good' },
  degraded: { words: 'Having trouble', tone: 'warn' },
  needs_reauth: { words: 'Sign in again', tone: 'bad' },
  pending: { words: 'Pending', tone: 'warn' },
  disabled: { words: 'Disabled', tone: 'warn' },
};

export const statusOf = (connection) => connection.status ?? (connection.is_expired ? 'needs_reauth' : 'connected');

export const titleOf = (connection) => connection.account?.title ?? connection.title ?? 'Account';

/** The accounts of an app: one is in use. `onChange` is called after connecting and disconnecting. */
export function accountList({ app, connections, chosenId, notice, onChoose, onChange, onNotice }) {
  const open = (mode, reconnectId) => async () => {
    onNotice({ busy: mode === 'popup' ? 'Finish in the window that has opened.' : `Going to ${app.title}…` });
    const { connectionId, words } = await connect(app, { mode, reconnectId });
    onNotice(words ? { problem: words } : undefined);
    if (connectionId) await onChange(connectionId);
  };
  const disconnect = (connection) => async () => {
    if (!confirm(`Disconnect ${titleOf(connection)} from Acme Notes?`)) return;
    try {
      await ask(`/api/connections/${encodeURIComponent(connection.id)}`, { method: 'DELETE' });
      onNotice(undefined);
    } catch (error) {
      onNotice({ problem: error.message });
    }
    await onChange();
  };
  const rows = connections.map((connection) =>
    accountRow(connection, {
      isChosen: connection.id === chosenId,
      isOnly: connections.length === 1,
      onChoose,
      onReconnect: open('popup', connection.id),
      onDisconnect: disconnect(connection),
    }),
  );
  const invitation = `Connect an account to use ${app.title} from your notes. You choose what it may do.`;
  const parts = [
    rows.length ? h('div', { class: 'accounts' }, rows) : h('p', { class: 'quiet' }, invitation),
    notice?.busy && h('p', { class: 'busy', role: 'status' }, h('i', { class: 'spinner' }), notice.busy),
    notice?.problem && alertBox(notice.problem),
    buttons(app, { isMore: rows.length > 0, isBusy: Boolean(notice?.busy), open }),
  ];
  return parts.filter(Boolean);
}

function buttons(app, { isMore, isBusy, open }) {
  const shared = { type: 'button', disabled: isBusy };
  const popup = { ...shared, class: isMore ? 'plain' : 'main', 'data-notes': 'connect', onclick: open('popup') };
  const here = { ...shared, class: 'link', 'data-notes': 'connect-redirect', onclick: open('redirect') };
  const label = isMore ? 'Connect another account' : `Connect ${app.title}`;
  return h('div', { class: 'buttons' }, h('button', popup, label), h('button', here, 'Connect in this window'));
}

function accountRow(connection, { isChosen, isOnly, onChoose, onReconnect, onDisconnect }) {
  const { words, tone } = statuses[statusOf(connection)] ?? { words: connection.status, tone: 'warn' };
  const title = titleOf(connection);
  const chosen = isChosen ? { 'data-notes': 'account' } : {};
  const radio =
    !isOnly &&
    h('input', {
      type: 'radio',
      name: 'account',
      checked: isChosen,
      'aria-label': `Use ${title}`,
      onchange: () => onChoose(connection.id),
    });
  const line = h(
    'small',
    { 'data-connection': connection.id, ...(isChosen && { 'data-notes': 'refreshed' }) },
    freshness(connection),
  );
  const reauth =
    statusOf(connection) === 'needs_reauth' &&
    h('button', { class: 'main small', type: 'button', onclick: onReconnect }, 'Reconnect');
  return h(
    'div',
    { class: 'account' },
    radio,
    h('span', { class: 'avatar', 'aria-hidden': 'true' }, title.charAt(0).toUpperCase()),
    h(
      'div',
      { class: 'account-words' },
      h('div', {}, h('b', chosen, title), h('span', { class: `chip ${tone}` }, words)),
      line,
    ),
    reauth,
    h('button', { class: 'link quiet', type: 'button', onclick: onDisconnect }, 'Disconnect'),
  );
}

/** What is known about the token: shown again every second. */
export function freshness({
  last_refreshed_at: refreshed,
  expires_at: expires,
  created_at: created,
  status_reason: reason,
  ...connection
}) {
  if (statusOf(connection) !== 'connected' && reason) return reason;
  const now = Date.now();
  const parts = [];
  if (refreshed) parts.push(`Token last refreshed ${span((now - Date.parse(refreshed)) / 1000)} ago`);
  else if (created) parts.push(`Connected ${span((now - Date.parse(created)) / 1000)} ago`);
  if (expires) {
    const left = (Date.parse(expires) - now) / 1000;
    parts.push(left > 0 ? `${refreshed ? '' : 'token '}good for ${span(left)}` : 'due for a new one');
  }
  return parts.join(' · ');
}
