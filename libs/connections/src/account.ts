/** An account at the third party, as its identity operation names it. */
export interface Account {
  id: string | null;
  title: string | null;
}
