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

/** Compared exactly later, so it is kept as it was given. RFC 6749 §3.1.2: absolute, and without a fragment. */
export function IsRedirectUri(options?: ValidationOptions): PropertyDecorator {
  return ValidateBy(
    {
      name: 'isRedirectUri',
      validator: {
        validate: (value) => isHttpUrl(value) && !value.includes('#'),
        defaultMessage: () => 'each of $property must be an absolute http(s) URL without a fragment',
      },
    },
    options,
  );
}

function isHttpUrl(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol) &&
    !new URL(value).username
  );
}
