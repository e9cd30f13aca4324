/** The columns of `connect_attempts` under the entity's property names, but for the digests of what is compared in SQL. */
export const columns = `
  tenant_id AS "tenantId", id, user_id AS "userId", app_id AS "appId", client_id AS "clientId", grant_id AS "grantId",
  root_id AS "rootId", link_id AS "linkId", user_title AS "userTitle", state, cookie_digest AS "cookieDigest",
  returned_at AS "returnedAt", redirect_uri AS "redirectUri", fallback_uri AS "fallbackUri", origin, theme,
  partner_state AS "partnerState", reconnect_id AS "reconnectId", any_account AS "anyAccount", tries, duplicate_id AS "duplicateId",
  connection_id AS "connectionId", error, created_at AS "createdAt", code_expires_at AS "codeExpiresAt", expires_at AS "expiresAt"`;
