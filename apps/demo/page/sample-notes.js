/** What this person wrote before the demo began. */
export const sampleNotes = [
  {
    id: 'launch',
    title: 'Launch week',
    when: 'Edited today',
    text: [
      'Press list is final. Announcement goes out on Tuesday at nine, the changelog an hour later.',
      'Everyone who asked for early access should get a personal line first, so they hear it from us.',
      'Open: who answers replies on Tuesday afternoon?',
    ],
  },
  {
    id: 'talberg',
    title: 'Call with Talberg',
    when: 'Edited yesterday',
    text: [
      'Jonas likes the shared boards. He wants to see how his team of twelve would move over before he decides.',
      'They keep all contacts in Acme CRM. If notes could add people there by themselves, that alone would be worth it to them.',
      'Next: send the import guide, call again on Thursday.',
    ],
  },
  {
    id: 'reading',
    title: 'To read',
    when: 'Edited last week',
    text: [
      'The Design of Everyday Things, chapter four again.',
      'A short history of index cards.',
      'That paper on spaced repetition that Mia keeps quoting.',
    ],
  },
];
