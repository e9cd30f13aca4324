import { html } from 'ghtml';
import { displayName, type Contact } from './contact.js';
import { logo, page } from './layout.js';
import { listName } from './lists.js';
import { crmUsers, initials } from './users.js';

export function contactsPage(contacts: Contact[]): string {
  const user = crmUsers[0]!;
  const main = html`<div class="bar">
      <div>!${logo}<span class="avatar" title="${user.name}">${initials(user)}</span></div>
    </div>
    <main class="book">
      <header>
        <div>
          <h1>Contacts</h1>
          <p class="soft"><span id="count">${contacts.length}</span> people, newest first</p>
        </div>
        <p class="soft small live">Updates by itself</p>
      </header>
      <div class="sheet">
        <table>
          <thead>
            <tr>
              <th>Name</th>
              <th>List</th>
              <th>Stage</th>
              <th>Added by</th>
              <th>Added</th>
            </tr>
          </thead>
          <tbody id="rows">
            !${contactRows(contacts)}
          </tbody>
        </table>
      </div>
    </main>`;
  return page({ title: 'Contacts', body: 'app', main, script });
}

export function contactRows(contacts: Contact[]): string {
  return contacts.map(row).join('');
}

function row(contact: Contact): string {
  const stage = contact.stage.charAt(0).toUpperCase() + contact.stage.slice(1);
  return html`<tr id="${contact.id}">
    <td>
      <div class="name">${displayName(contact)} !${contact.vip ? '<span class="tag on">VIP</span>' : ''}</div>
      <div class="soft small">${contact.email}</div>
      !${contact.notes ? html`<div class="soft small note">${contact.notes}</div>` : ''}
    </td>
    <td class="nowrap">${listName(contact.list_id) ?? contact.list_id}</td>
    <td><span class="tag">${stage}</span></td>
    <td class="nowrap">
      ${contact.created_by}
      <div class="soft small">with ${contact.created_with}</div>
    </td>
    <td class="soft"><time datetime="${contact.created_at}">${contact.created_at.slice(0, 10)}</time></td>
  </tr> `;
}

const script = `
const rows = document.getElementById('rows');
const ages = () => { for (const time of rows.querySelectorAll('time')) {
  const date = new Date(time.dateTime), minutes = Math.floor((Date.now() - date) / 60000);
  time.textContent = minutes < 1 ? 'just now' : minutes < 60 ? minutes + ' min ago' : minutes < 1440 ? Math.floor(minutes / 60) + ' h ago' : date.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
} };
const refresh = async () => {
  if (document.hidden) return;
  const answer = await fetch('/contacts/rows', { signal: AbortSignal.timeout(5000) }).catch(() => null);
  if (!answer?.ok) return;
  const next = document.createElement('tbody');
  next.innerHTML = await answer.text();
  if (next.rows[0]?.id !== rows.rows[0]?.id || next.rows.length !== rows.rows.length) {
    for (const row of next.rows) if (!document.getElementById(row.id)) row.className = 'fresh';
    rows.replaceChildren(...next.rows);
    document.getElementById('count').textContent = rows.rows.length;
  }
  ages();
};
ages();
setInterval(refresh, 2000);
addEventListener('focus', refresh);
document.addEventListener('visibilitychange', refresh);
`;
