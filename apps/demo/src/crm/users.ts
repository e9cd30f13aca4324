export interface CrmUser {
  id: string;
  email: string;
  name: string;
  password: string;
}

/** Demo people with a public password; the CRM runs in development only. */
export const crmUsers: readonly CrmUser[] = [
  { id: 'usr_ada', email: 'ada@acme-crm.test', name: 'Ada Lindqvist', password: 'demo' },
  { id: 'usr_tomas', email: 'tomas@acme-crm.test', name: 'Tomas Reyes', password: 'demo' },
];

export function findUser(id: string): CrmUser | undefined {
  return crmUsers.find((user) => user.id === id);
}

export function signIn(email: string, password: string): CrmUser | undefined {
  return crmUsers.find((user) => user.email === email.trim().toLowerCase() && user.password === password);
}

export function initials(user: CrmUser): string {
  return user.name
    .split(' ')
    .map((word) => word.charAt(0))
    .join('');
}
