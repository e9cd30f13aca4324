import { post } from './backend.js';

let embed;

/** Loaded before any click: a popup that opens later than the click is blocked. */
export async function loadEmbed(gatehouseUrl) {
  const { createEmbed } = await import(`${gatehouseUrl}/connect.js`).catch(() => {
    throw new Error(`The Connect script could not be loaded from ${gatehouseUrl}.`);
  });
  embed = createEmbed({ baseUrl: gatehouseUrl, getToken });
}

/** Opens Connect for an app; the words to show when it ended without a connection. */
export async function connect(app, { mode, reconnectId }) {
  if (!embed) return { words: 'The Connect script is not loaded. Reload this page to try again.' };
  const name = app.key ?? app.id;
  const result = await embed.connect({
    app: name,
    mode,
    reconnectId,
    redirectUri: `${location.origin}/connected`,
    sessionCode: () => post(`/api/apps/${encodeURIComponent(name)}/session-code`),
  });
  return inWords(result, app.title);
}

/** On the way back from Connect in this window. */
export async function completeRedirect() {
  const result = await embed?.completeRedirect();
  return result && inWords(result, 'the app');
}

/** The SDK keeps it, and asks again once it has ended. */
const getToken = async () => (await post('/api/browser-token')).token;

function inWords(result, title) {
  if (result.status === 'connected') return { connectionId: result.connectionId };
  const words = {
    failed: `${title} was not connected. ${result.error}`,
    closed: 'The window was closed before the connection was made.',
    blocked: 'The browser blocked the window. Allow pop-ups for this page, or connect in this window instead.',
    timed_out: 'That took too long. Start again when you are ready.',
  };
  return { words: words[result.status] };
}
