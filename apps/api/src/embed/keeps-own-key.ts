import { SetMetadata } from '@nestjs/common';

export const KEEPS_OWN_KEY = 'gatehouse:keeps-own-key';

/** The handler writes its idempotency key in one statement with what it makes. */
export const KeepsOwnKey = () => SetMetadata(KEEPS_OWN_KEY, true);
