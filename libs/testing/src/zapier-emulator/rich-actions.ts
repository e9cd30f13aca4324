import { type Action, choice, input, type Inputs, isSet, output, select, YES_NO, yesNo } from './action.js';
import { defineAction, idOf } from './plain-actions.js';
import { RUN_ERROR_CODES, type RunErrorCode } from './rules.js';

const WORKSPACES = ['acme', 'globex'];
const CHANNELS = 45;
const SHEETS: Record<string, string[]> = { leads: ['Name', 'Email', 'Stage'], orders: ['Number', 'Total'] };

const channelsOf = ({ workspace }: Inputs) =>
  WORKSPACES.includes(String(workspace))
    ? Array.from({ length: CHANNELS }, (_, at) =>
        choice(`C-${String(workspace)}-${at + 1}`, `#${String(workspace)}-${at + 1}`),
      )
    : [];

/** A write with dependent fields, a fieldset, and choices of several pages. */
const channelMessage: Action = defineAction({
  key: 'channel_message',
  type: 'WRITE',
  title: 'Send Channel Message',
  marker: 'text',
  outputs: [
    output('id', 'ID', '17'),
    output('message__text', 'Message Text', 'Hello'),
    output('reactions[]name', 'Reactions Name', 'tada'),
  ],
  fields: ({ as_bot: asBot }) => [
    select('workspace', 'Workspace', { is_required: true, invalidates_input_fields: true }),
    select('channel', 'Channel', { is_required: true, depends_on: ['workspace'] }),
    input('text', 'Message Text', { is_required: true, format: 'MULTILINE' }),
    { type: 'info_field', id: 'hint', description: 'Mentions need the *id* of a member.' },
    yesNo('as_bot', 'Send as a bot?', { invalidates_input_fields: true }),
    ...(asBot === 'True' || asBot === true
      ? [{ type: 'fieldset' as const, id: 'bot', title: 'Bot', fields: [input('bot_name', 'Bot Name')] }]
      : []),
    input('send_at', 'Send at', { format: 'DATETIME' }),
    input('mentions', 'Mentions', { value_type: 'ARRAY', items: { type: 'STRING' } }),
  ],
  choices: (id, inputs) => {
    if (id === 'workspace') return WORKSPACES.map((name) => choice(name));
    if (id === 'channel') return channelsOf(inputs);
    return id === 'as_bot' ? YES_NO : [];
  },
  run: (inputs) =>
    channelsOf(inputs).some(({ id }) => id === inputs.channel)
      ? { results: [{ id: idOf(inputs), message: { text: inputs.text, channel: inputs.channel }, reactions: [] }] }
      : { error: 'user', detail: `There is no channel ${JSON.stringify(inputs.channel)}.` },
});

const newMention: Action = defineAction({
  key: 'new_mention',
  type: 'READ',
  title: 'New Mention',
  isInstant: true,
  fields: () => [input('word', 'Word', { placeholder: 'acme' })],
  run: ({ word = 'acme' }) => ({
    results: [1, 2, 3, 4, 5].map((id) => ({
      id: String(id),
      text: `About ${String(word)}, ${id}`,
      user: { name: 'ada' },
    })),
  }),
});

/** Its columns are known only once the sheet is. */
const lookupRow: Action = defineAction({
  key: 'lookup_row',
  type: 'SEARCH',
  title: 'Lookup Spreadsheet Row',
  fields: () => [
    select('sheet', 'Sheet', { is_required: true, invalidates_input_fields: true }),
    select('column', 'Column', { is_required: true, depends_on: ['sheet'] }),
    input('value', 'Value', { is_required: true }),
  ],
  choices: (id, { sheet }) => {
    if (id === 'sheet') return Object.keys(SHEETS).map((name) => choice(name));
    return id === 'column' && isSet(sheet) ? (SHEETS[String(sheet)] ?? []).map((name) => choice(name)) : [];
  },
  run: ({ sheet, column, value }) => {
    const columns = SHEETS[String(sheet)];
    if (!columns) return { error: 'user', detail: `There is no sheet ${JSON.stringify(sheet)}.` };
    if (value === 'nothing') return { results: [] };
    return { results: [{ row: 2, ...Object.fromEntries(columns.map((name) => [name, ''])), [String(column)]: value }] };
  },
});

/** It takes as many seconds as it is told. */
const slowReport: Action = defineAction({
  key: 'slow_report',
  type: 'WRITE',
  title: 'Create Slow Report',
  fields: () => [
    input('name', 'Name', { is_required: true }),
    input('seconds', 'Seconds', { value_type: 'NUMBER', default_value: '5' }),
  ],
  milliseconds: ({ seconds }) => (isSet(seconds) ? Number(seconds) * 1000 || 0 : 5000),
});

/** It fails with the code that it is given, as any action can (protocol.md §8.2). */
const fail: Action = defineAction({
  key: 'fail',
  type: 'WRITE',
  title: 'Fail',
  fields: () => [
    select('code', 'Error code', { is_required: true }),
    input('delay', 'Delay', { value_type: 'INTEGER' }),
    input('name', 'Name'),
  ],
  choices: (id) => (id === 'code' ? RUN_ERROR_CODES.map((code) => choice(code)) : []),
  run: ({ code, delay }) => ({
    error: RUN_ERROR_CODES.find((known): known is RunErrorCode => known === code) ?? 'user',
    detail: `The app failed with ${String(code)}.`,
    ...(isSet(delay) && { delay: Number(delay) }),
  }),
});

/** By the title of their app. */
export const RICH_ACTIONS: Readonly<Record<string, Action[]>> = {
  Slack: [channelMessage, newMention],
  'Google Sheets': [lookupRow],
  'Workbench by Zapier': [slowReport, fail],
};
