import { createHash } from 'node:crypto';
import type { Action } from './action.js';
import { plainActions } from './plain-actions.js';
import { RICH_ACTIONS } from './rich-actions.js';

export interface App {
  /** A UUID. */
  id: string;
  /** Without a version: `SlackCLIAPI`. */
  key: string;
  version: string;
  slug: string;
  title: string;
  description: string;
  category: string;
  hexColor: string;
  /** Whether it is used with a connection. */
  connects: boolean;
  /** Whether it connects with fields, such as an API key, and not by OAuth. */
  hasFields: boolean;
  actions: Action[];
}

export interface Category {
  id: number;
  slug: string;
  title: string;
}

/** In the order of their popularity: title, category, what it keeps, and how it connects where that is not OAuth. */
const TITLES: [string, string, string, ('fields' | 'none')?][] = [
  ['Slack', 'team-chat', 'Channel'],
  ['Google Sheets', 'spreadsheets', 'Row'],
  ['Trello', 'project-management', 'Card'],
  ['Notion', 'documents', 'Page'],
  ['Gmail', 'email', 'Draft'],
  ['Google Calendar', 'calendar', 'Event'],
  ['HubSpot', 'crm', 'Contact'],
  ['Airtable', 'spreadsheets', 'Record'],
  ['Asana', 'project-management', 'Task'],
  ['Mailchimp', 'marketing', 'Subscriber', 'fields'],
  ['Salesforce', 'crm', 'Lead'],
  ['Discord', 'team-chat', 'Message'],
  ['Microsoft Outlook', 'email', 'Mail'],
  ['Stripe', 'payments', 'Charge', 'fields'],
  ['Shopify', 'commerce', 'Order'],
  ['GitHub', 'developer-tools', 'Issue'],
  ['Jira Software Cloud', 'project-management', 'Ticket'],
  ['Zoom', 'calendar', 'Meeting'],
  ['Dropbox', 'documents', 'File'],
  ['Typeform', 'forms', 'Response'],
  ['Calendly', 'calendar', 'Invitee'],
  ['ClickUp', 'project-management', 'Todo'],
  ['monday.com', 'project-management', 'Item'],
  ['Pipedrive', 'crm', 'Deal', 'fields'],
  ['ActiveCampaign', 'marketing', 'Campaign', 'fields'],
  ['Todoist', 'project-management', 'Reminder'],
  ['Twilio', 'developer-tools', 'Call', 'fields'],
  ['Webflow', 'developer-tools', 'Form'],
  ['Zendesk', 'support', 'Case'],
  ['Intercom', 'support', 'Conversation'],
  ['QuickBooks Online', 'accounting', 'Invoice'],
  ['Xero', 'accounting', 'Bill'],
  ['WordPress', 'documents', 'Post', 'fields'],
  ['Telegram', 'team-chat', 'Update', 'fields'],
  ['Linear', 'project-management', 'Cycle'],
  ['Figma', 'design', 'Comment'],
  ['Formatter by Zapier', 'developer-tools', 'Text', 'none'],
  ['Workbench by Zapier', 'developer-tools', 'Job'],
];

export const APPS: readonly App[] = TITLES.map(([title, category, noun, way], at) => {
  const name = title.replaceAll(/[^A-Za-z0-9]/g, '');
  return {
    id: uuidOf(`app ${title}`),
    key: `${name}CLIAPI`,
    version: `1.${at % 7}.${at}`,
    slug: title.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    title,
    description: `${title}, as far as it is needed here: it keeps ${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun.toLowerCase()}.`,
    category,
    hexColor: createHash('sha256').update(title).digest('hex').slice(0, 6),
    connects: way !== 'none',
    hasFields: way === 'fields',
    actions: [...(RICH_ACTIONS[title] ?? []), ...plainActions(noun)],
  };
});

export const CATEGORIES: readonly Category[] = [...new Set(APPS.map(({ category }) => category))].map((slug, at) => {
  const words = slug.replaceAll('-', ' ');
  return { id: at + 1, slug, title: words.slice(0, 1).toUpperCase() + words.slice(1) };
});

/** By its UUID, its key or its slug. */
export function findApp(name: string): App | undefined {
  return APPS.find(({ id, key, slug }) => [id, key, slug].includes(name));
}

/** The same for the same text, in the form of a random UUID. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
