import { ConnectFlow, ConnectLinks, failures, MAX_OPENED, type ConnectLink, type ConnectFailure } from '#libs/connect';

export type OpenedLink = Awaited<ReturnType<ConnectFlow['open']>>;

/** Opens a hosted link: an attempt of its own each time, until one of them succeeds. */
export async function openByLink(
  links: ConnectLinks,
  flow: ConnectFlow,
  { token, app, theme }: { token: string; app: string; theme: 'light' | 'dark' | null },
): Promise<OpenedLink> {
  const opened = await links.open(token, theme);
  if (!opened) throw failures.invalidToken();
  if (!('cookie' in opened)) throw whyDead(opened);
  return flow.openedByLink(opened.attempt, opened.cookie, app);
}

function whyDead({ usedAt, revokedAt, opened }: ConnectLink): ConnectFailure {
  if (usedAt !== null) return failures.linkUsed();
  if (revokedAt !== null) return failures.linkRevoked();
  return opened >= MAX_OPENED ? failures.linkWorn() : failures.linkExpired();
}
