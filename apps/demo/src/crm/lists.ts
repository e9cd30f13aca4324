export const crmLists = [
  { id: 'lst_leads', name: 'Leads' },
  { id: 'lst_customers', name: 'Customers' },
  { id: 'lst_newsletter', name: 'Newsletter' },
  { id: 'lst_partners', name: 'Partners' },
] as const;

export function listName(id: string): string | undefined {
  return crmLists.find((list) => list.id === id)?.name;
}
