/** Names that sentences are made with. They are escaped where they are put into a page. */
interface Names {
  /** The product that embeds us. */
  tenant: string;
  app: string;
}

/** A sentence for what went wrong, and one for what to do. */
type Advice = readonly [happened: string, next: string];

const again = 'Go back to where you came from and press Connect again.';
const tellThem = 'Tell the product that sent you here: only they can mend it.';

/** Every sentence that a person reads in Connect. Another language is another object of this shape. */
export const english = {
  language: 'en',

  ask: {
    title: ({ tenant, app }: Names) => `Connect ${app} to ${tenant}`,
    heading: ({ tenant, app }: Names) => `Connect your ${app} account to ${tenant}`,
    renewHeading: ({ tenant, app }: Names) => `Renew the connection of ${tenant} to ${app}`,
    renewAccount: (account: string) => `It is for the account ${account}. No other account can take its place.`,
    renewAnyAccount: (account: string) => `Until now it was for the account ${account}.`,
    signedIn: ({ tenant }: Names) => `For your ${tenant} account`,
    notYou: ({ tenant }: Names) =>
      `Go on only if you asked for this in ${tenant}. If somebody sent you this link, close the window.`,
    consent: ({ tenant, app }: Names) =>
      `${app} will ask you to sign in and to allow this. ${tenant} never sees your password.`,
    permissions: ({ tenant, app }: Names) => `What ${tenant} may do in ${app}`,
    permissionsUnnamed: ({ tenant, app }: Names) => `${app} will say what ${tenant} may do.`,
    permissionsOfKey: ({ tenant, app }: Names) =>
      `${tenant} may do in ${app} whatever this allows. It is kept encrypted, and ${tenant} never sees it.`,
    nothingNeeded: ({ tenant, app }: Names) =>
      `${app} asks for no account: ${tenant} may use what it offers to everybody.`,
    through: ({ tenant, app }: Names, upstream: string) =>
      `${tenant} wants to connect your ${app} account through ${upstream}. You allow it there, and ${tenant} never sees your password.`,
    accountFirst: ({ tenant, app }: Names, upstream: string) =>
      `${tenant} reaches ${app} through your ${upstream} account, so that one comes first.`,
    accountThen: ({ app }: Names) => `Then you go on to ${app}.`,
    accountThenAgain: ({ tenant, app }: Names) => `When it is connected, go back to ${tenant} and connect ${app}.`,
    popupOpen: ({ app }: Names) => `A window has opened. Connect ${app} there, and this page goes on by itself.`,
    popupClosed: 'The window was closed before it was done. You can try again.',
    popupNeeded: 'This goes on in a window of its own. Allow this page to open it, and try again.',
    continue: ({ app }: Names) => `Continue to ${app}`,
    submit: 'Connect',
    cancel: 'Cancel',
    disconnect: ({ tenant }: Names) => `You can disconnect at any time in ${tenant}.`,
  },

  fields: {
    username: 'User name',
    password: 'Password',
    token: 'Access token',
    missing: (label: string) => `${label} is missing.`,
    tooLong: (label: string) => `${label} is too long.`,
    unreadable: (label: string) => `${label} holds a character that can't be in one. Copy it again.`,
    colon: 'A user name can not hold a colon.',
  },

  tried: {
    title: (title: string) => `Error: ${title}`,
    refused: ({ app }: Names) => `${app} did not accept this. Check it, and try again.`,
    unreachable: ({ app }: Names) => `${app} did not answer, so nothing was saved. Wait a moment, and try again.`,
    untried: ({ app }: Names) => `It can't be tried out beforehand: whether ${app} accepts it shows when it is used.`,
    left: (tries: number) => (tries === 1 ? 'You have one more try.' : `You have ${tries} more tries.`),
  },

  duplicate: {
    heading: ({ app }: Names) => `You connected this ${app} account already`,
    body: (account: string, { tenant }: Names) =>
      `${tenant} has a connection to ${account}. You can renew that one, or keep both.`,
    renew: 'Renew the one I have',
    both: 'Keep both',
  },

  result: {
    connected: ({ app }: Names) => `${app} is connected`,
    notConnected: ({ app }: Names) => `${app} was not connected`,
    anApp: 'The app',
    close: ({ tenant }: Names) => `You can close this window and go back to ${tenant}.`,
    finish: ({ tenant }: Names) => `One step is left: go back to ${tenant}, which finishes it.`,
    cutOff: ({ tenant, app }: Names) =>
      `This window has lost touch with ${tenant}. If ${app} does not show up there, press Connect there once more.`,
    back: ({ tenant }: Names) => `Back to ${tenant}`,
    working: ({ app }: Names) => `Asking ${app}`,
    workingBody: 'This takes a few seconds. The page goes on by itself.',
    workingLink: 'Look again',
  },

  fragment: {
    title: 'Almost done',
    working: 'This takes a moment. The page goes on by itself.',
    noScript: 'This step needs JavaScript. Switch it on in your browser, then go back and press Connect again.',
    failed: `This could not be finished. ${again}`,
  },

  errorPage: {
    title: 'Not connected',
  },

  /** By kind of failure: each its own sentence and way back. */
  failures: {
    unknownCode: [`This link is not complete, or it is not one of ours.`, again],
    usedCode: [`This link was used before. To keep your account safe, each works once.`, again],
    codeExpired: ['This link has expired.', again],
    sessionExpired: ['You took longer than half an hour, so this has expired.', again],
    unknownApp: ['This app is not available here.', again],
    unknownRedirect: ['The page to return to is not registered.', tellThem],
    unknownReconnect: ['The connection that was to be renewed is not there any more.', again],
    unknownUser: ['Your account was not found, or it has been switched off.', tellThem],
    otherBrowser: ['This was begun in another browser or tab, or it has expired.', again],
    foreignForm: ['This form was not sent from its own page.', again],
    misconfigured: ['This app is not set up correctly.', tellThem],
    otherAccount: [
      'You signed in to another account than the one to renew, so nothing was changed.',
      'Sign out of the app first, or choose the right account there. Then go back and press Connect again.',
    ],
    declined: ['You did not allow the access, so nothing was connected.', `If you want to after all: ${lower(again)}`],
    thirdPartyDown: [
      'The app could not be reached, or it failed.',
      'Wait a few minutes. Then go back and press Connect again.',
    ],
    thirdPartyRefused: ['The app did not allow the connection.', again],
    wrongIssuer: ['The answer did not come from the app that was asked, so it was not used.', again],
    accountRequired: ['Your account there has to be connected first.', again],
    notThere: ['The account that came back is none of yours there, so nothing was connected.', again],
    expiredThere: ['The account that came back can not be used any more, so nothing was connected.', again],
    sessionExpiredThere: ['You took too long there, so it has expired.', again],
    tooManyTries: ['There were too many tries with wrong details.', again],
    linkUsed: ['This link has done its work: the app is connected.', 'You can close this window.'],
    linkExpired: ['This link has expired.', 'Ask the product that sent it for a new one.'],
    linkRevoked: ['This link was withdrawn.', 'Ask the product that sent it for a new one.'],
    linkWorn: ['This link was opened too often.', 'Ask the product that sent it for a new one.'],
    uninitialised: ['This could not be begun: something failed on our side.', again],
    unexpected: ['Something failed on our side.', `Wait a moment. ${again}`],
    nothingHere: ['There is nothing at this address.', again],
  } satisfies Record<string, Advice>,
};

type Texts = typeof english;
export type FailureKind = keyof Texts['failures'];

function lower(sentence: string): string {
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
