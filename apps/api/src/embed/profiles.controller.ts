import { Controller, Get } from '@nestjs/common';
import { isEmail } from 'class-validator';
import { sha256 } from '#libs/crypto';
import { problem } from '#libs/errors';
import { Users, type User } from '#libs/tenants';
import { CallerOf, type UserCaller } from './caller.js';
import { Requires } from './requires.js';

/** Who the token's user is (protocol.md §7.1). */
@Controller('v1/profiles')
export class ProfilesController {
  constructor(private readonly users: Users) {}

  @Get('me')
  @Requires('profile')
  async me(@CallerOf() { tenantId, userId }: UserCaller) {
    const user = await this.users.find(tenantId, userId);
    if (!user) throw problem('authentication_failed', 'The user of the token is gone. Exchange a JWT for a new one.');
    return toProfile(user);
  }
}

/**
 * What the wire wants of a person, of the little that a tenant's JWTs tell. The number is made of the id, and the same everywhere. Where the subject
 * is no e-mail address there is none: RFC 2606 keeps `.invalid` from ever being one.
 */
function toProfile({ id, subject, displayName }: User) {
  const isAddress = isEmail(subject);
  const name = displayName ?? (isAddress ? (subject.split('@')[0] ?? subject) : subject);
  const [first = name, ...others] = name.trim().split(/\s+/);
  return {
    id: sha256(id).readUInt32BE(0) >>> 1,
    first_name: first,
    last_name: others.join(' '),
    full_name: name,
    email: isAddress ? subject : `${id}@users.invalid`,
    email_confirmed: false,
    timezone: 'UTC',
  };
}
