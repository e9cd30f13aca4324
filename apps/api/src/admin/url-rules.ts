import { ValidateBy, type ValidationOptions } from 'class-validator';

/** An origin as browsers send it: scheme, host and port, nothing behind. */
export function IsOrigin(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isOrigin',
      validator: {
        validate: (value) => isHttpUrl(value) && new URL(value).origin === value,
        defaultMessage: () => 'each of $property must be an origin such as https://app.example.com, without a path',
      },
    },
    options,
  );
}

/**
 * Compared exactly later, so it is kept as it was given. RFC 6749 §3.1.2: absolute, and without a fragment. §3.1.2.1 asks for TLS, but for
 * programs on the user's own machine (RFC 8252 §7.3).
 */
export function IsRedirectUri(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isRedirectUri',
      validator: {
        validate: (value) => isHttpUrl(value) && !value.includes('#') && isPrivate(new URL(value)),
        defaultMessage: () =>
          'each of $property must be an absolute https URL in printable ASCII, without a fragment, a user name or a password; http is for localhost, 127.0.0.1 and [::1]',
      },
    },
    options,
  );
}

/** Called from here, with what a user's action gave: TLS, but for programs on the same machine. */
export function IsCallbackUrl(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isCallbackUrl',
      validator: {
        validate: (value) => isHttpUrl(value) && isPrivate(new URL(value)),
        defaultMessage: () =>
          '$property must be an absolute https URL in printable ASCII, without a user name or a password; http is for localhost, 127.0.0.1 and [::1]',
      },
    },
    options,
  );
}

/** Where browsers are sent to sign in. */
export function IsPageUrl(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isPageUrl',
      validator: {
        validate: (value) => isHttpUrl(value) && !value.includes('#'),
        defaultMessage: () =>
          '$property must be an absolute http(s) URL in printable ASCII, without a fragment, a user name or a password',
      },
    },
    options,
  );
}

/** It becomes a header as it stands: printable ASCII, and no space. */
function isHttpUrl(value: unknown): value is string {
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value) || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}

function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
