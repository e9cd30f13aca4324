import type { PartnerRegistration } from './settings.js';

export interface ConsentAsked {
  partner: PartnerRegistration;
  redirectUri: string;
  type: 'code' | 'token';
  scopes: string[];
  state: string | null;
  challenge: string | null;
}

export class Consents {
  /** What waits for a person, by the id in its form. */
  readonly waiting = new Map<string, ConsentAsked>();
  /** Who has consented to what, for `approval_prompt=auto`. */
  readonly approved = new Set<string>();
}
