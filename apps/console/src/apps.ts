import { action, confirmed, tell } from './acting.js';
import { call, get } from './api.js';
import { code, empty, h, pill } from './dom.js';
import { keyed, poll, table } from './lists.js';
import { titled, type Place } from './place.js';
import { ago } from './times.js';
import type { App } from './wire.js';

const EVERY_MILLISECONDS = 5000;

/** Which apps the tenant’s users can choose, with whose OAuth client, and how their refreshes fare. */
export function appsView(place: Place, signal: AbortSignal): HTMLElement {
  const none = empty('There is no app yet', 'POST /admin/apps takes one, by its OpenAPI document (docs/apps.md).');
  const { element, body, row } = table(['App', 'OAuth client', 'Users', 'Refreshes', ''], 'Apps');
  const showRows = keyed(
    body,
    ({ key }: App) => key,
    (app) =>
      row(
        [h('b', {}, app.key), h('small', {}, app.server_url)],
        [app.oauth ? code(app.oauth.client_id, 24) : 'none', h('small', {}, app.callback_url)],
        offerOf(app),
        refreshesOf(app),
        switchOf(place, app, () => refresh()),
      ),
  );
  const refresh = poll(
    EVERY_MILLISECONDS,
    async (turn) => {
      const { apps } = await get<{ apps: App[] }>(`${place.base}/apps`, turn);
      none.hidden = apps.length > 0;
      element.hidden = apps.length === 0;
      showRows(apps);
    },
    signal,
  );
  return h('article', {}, titled('Apps', place.name), none, element);
}

function offerOf({ enabled, offered }: App): HTMLElement {
  if (offered) return pill('can choose it', 'good');
  return enabled ? pill('needs an OAuth client', 'idle') : pill('switched off', 'bad');
}

function refreshesOf({ refresh }: App) {
  if (refresh.state === 'working') return pill('working', 'good');
  return [
    pill('paused', 'warn'),
    h('small', {}, refresh.reason, ' · since ', ago(refresh.since), ' · tried again ', ago(refresh.next_probe_at)),
  ];
}

function switchOf(place: Place, { key, enabled }: App, done: () => Promise<void>) {
  const turn = async () => {
    const question = enabled
      ? {
          title: `Switch ${key} off?`,
          text: 'Its users can neither choose it nor run its actions. Their connections are kept, but not refreshed: those whose refresh token ends meanwhile have to be connected again.',
          verb: 'Switch off',
          danger: true,
        }
      : {
          title: `Switch ${key} on?`,
          text: 'Its users can choose it, and use what they connected.',
          verb: 'Switch on',
        };
    if (!(await confirmed(question))) return;
    await call('PUT', `${place.base}/apps/${encodeURIComponent(key)}`, { body: { enabled: !enabled } });
    tell(`Switched ${enabled ? 'off' : 'on'}: ${key}.`);
    await done();
  };
  const verb = enabled ? 'Switch off' : 'Switch on';
  return action(verb, turn, { act: 'switch', kind: enabled ? 'danger' : 'plain', label: `${verb} ${key}` });
}
