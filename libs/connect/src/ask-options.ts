import type { FormAgain } from './connecting.js';

/** What a page is made with: the token that its forms carry. */
export interface AskOptions {
  formToken: string;
  /** The account that is to be renewed, where it has a name. */
  renewed: string | null;
  again?: FormAgain;
  /** Whether an account at the upstream has to be connected first. */
  accountFirst?: boolean;
  /** The button was pressed, and no popup opened. */
  popupNeeded?: boolean;
}
