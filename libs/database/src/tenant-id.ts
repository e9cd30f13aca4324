declare const brand: unique symbol;

/** The id of a tenant, taken from a credential or an admin's path: never from a request body. First argument of every store method. */
export type TenantId = string & { readonly [brand]: true };

/** For the two places where a tenant id comes into being: an authenticated credential, and a row of `tenants`. */
export function asTenantId(uuid: string): TenantId {
  return uuid as TenantId;
}
