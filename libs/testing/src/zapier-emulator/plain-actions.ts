import { type Action, input, type Inputs, output } from './action.js';

type Shape = Pick<Action, 'key' | 'type' | 'title'> & Partial<Action>;

/** Fills in what most actions share. */
export function defineAction(shape: Shape): Action {
  return {
    description: `${shape.title}.`,
    isInstant: false,
    marker: 'name',
    outputs: [output('id', 'ID', '17'), output('name', 'Name', 'Quarterly review')],
    fields: () => [],
    choices: () => [],
    run: (inputs) => ({ results: [{ id: idOf(inputs), ...inputs }] }),
    ...shape,
  };
}

/** The three that every app has. @param noun what the app keeps */
export function plainActions(noun: string): Action[] {
  const word = noun.toLowerCase();
  const name = input('name', 'Name', { is_required: true });
  return [
    defineAction({
      key: `new_${word}`,
      type: 'READ',
      title: `New ${noun}`,
      isInstant: true,
      run: () => ({ results: [1, 2, 3].map((id) => ({ id: String(id), name: `${noun} ${id}` })) }),
    }),
    defineAction({
      key: `create_${word}`,
      type: 'WRITE',
      title: `Create ${noun}`,
      fields: () => [name, input('notes', 'Notes', { format: 'MULTILINE' })],
    }),
    defineAction({
      key: `find_${word}`,
      type: 'SEARCH',
      title: `Find ${noun}`,
      fields: () => [name],
      run: ({ name: wanted }) => ({ results: wanted === 'nothing' ? [] : [{ id: idOf({ wanted }), name: wanted }] }),
    }),
  ];
}

/** The same inputs have the same id, so that a result says nothing of how often something was done. */
export function idOf(inputs: Inputs): string {
  let sum = 7;
  for (const unit of JSON.stringify(inputs)) sum = (Math.imul(sum, 31) + (unit.codePointAt(0) ?? 0)) >>> 0;
  return String(sum);
}
