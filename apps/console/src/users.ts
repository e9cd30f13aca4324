import { attempt } from './acting.js';
import { query } from './api.js';
import { filterForm } from './connections.js';
import { code, empty, h } from './dom.js';
import { keyed, pages, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { switchButton, switchState } from './switching.js';
import { ago } from './times.js';
import type { User } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** Whom the tenant’s JWTs have named. */
export function usersView(place: Place, signal: AbortSignal): HTMLElement {
  const filters = filterForm(['org', 'subject'], 'state', [], () => void attempt(list.restart));
  const none = empty(
    'There is no such user',
    'One is known from the first JWT on that names them. Filters are whole names.',
  );
  const { element, body, row } = table(['User', 'Org', 'Known', 'State', ''], 'Users, newest first');
  const ends =
    'Within a second all tokens and session codes of this user are refused, and new ones too. Connections of theirs are kept.';
  const showRows = keyed(
    body,
    ({ id }: User) => id,
    ({ id, org, subject, display_name: name, disabled, created_at: made }) =>
      row(
        [h('b', {}, subject), h('small', {}, name !== null && `${name} · `, code(id, 13))],
        org,
        ago(made),
        switchState(disabled),
        switchButton({ what: `user ${subject} of ${org}`, path: `${place.base}/users/${id}`, disabled, ends }, () =>
          list.refresh(),
        ),
      ),
  );
  const list = pages<User>({
    address: () => `${place.base}/users${query(filters.values())}`,
    member: 'users',
    signal,
    show: (users) => {
      element.hidden = users.length === 0;
      none.hidden = users.length > 0;
      showRows(users);
    },
  });
  poll(EVERY_MILLISECONDS, list.refresh, signal);
  return h('article', {}, titled('Users', place.name), filters.element, none, element, list.more);
}
