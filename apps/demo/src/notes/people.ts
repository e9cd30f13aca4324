/** A user of Acme Notes. Gatehouse knows them by these ids, and shows the name on the Connect page. */
export interface Person {
  id: string;
  name: string;
  orgId: string;
  org: string;
}

export const people: readonly [Person, ...Person[]] = [
  { id: 'usr_mia', name: 'Mia', orgId: 'org_northwind', org: 'Northwind' },
  { id: 'usr_jo', name: 'Jo', orgId: 'org_contoso', org: 'Contoso' },
];

/** Whoever was picked last in this browser. A demo: there is no password. */
export function findPerson(id: string | undefined): Person {
  return people.find((person) => person.id === id) ?? people[0];
}
