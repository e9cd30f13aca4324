import { action, confirmed, tell } from './acting.js';
import { call } from './api.js';
import { pill } from './dom.js';

interface Switched {
  /** As a sentence calls it: `tenant acme-notes`. */
  what: string;
  path: string;
  disabled: boolean;
  /** What ends with it. */
  ends: string;
  /** What has to be typed to disable it. */
  typed?: string;
}

/** Turns a tenant, a client or a user off, and on again. */
export function switchButton({ what, path, disabled, ends, typed }: Switched, done: () => Promise<void>) {
  const turn = async () => {
    const question = disabled
      ? { title: `Enable ${what}?`, text: 'New tokens are good again. Those from before stay dead.', verb: 'Enable' }
      : { title: `Disable ${what}?`, text: ends, verb: 'Disable', danger: true, typed };
    if (!(await confirmed(question))) return;
    await call('PATCH', path, { body: { disabled: !disabled } });
    tell(`${disabled ? 'Enabled' : 'Disabled'}: ${what}.`);
    await done();
  };
  const verb = disabled ? 'Enable' : 'Disable';
  return action(verb, turn, { act: 'switch', kind: disabled ? 'plain' : 'danger', label: `${verb} ${what}` });
}

export function switchState(disabled: boolean): HTMLElement {
  return disabled ? pill('disabled', 'bad') : pill('enabled', 'good');
}
