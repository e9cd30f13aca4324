/** What a scope allows, in the words of the consent page and of the OpenAPI document. */
export const crmScopes: Readonly<Record<string, { title: string; description: string }>> = {
  'contacts:read': { title: 'Read your contacts', description: 'See people, their details and the lists they are on' },
  'contacts:write': { title: 'Add contacts', description: 'Create people and put them on your lists' },
  'exports:write': { title: 'Export contacts', description: 'Prepare a CSV or JSON file of a list and download it' },
  offline_access: { title: 'Stay connected', description: 'Keep working while you are away, until you disconnect it' },
};
