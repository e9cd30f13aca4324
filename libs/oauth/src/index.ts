export { AccessToken, type AccessTokenKind } from './access-token.entity.js';
export { AccessTokens, type Bearer } from './access-tokens.store.js';
export { ConnectTokenIssuer, type ConnectTokenRequest, type IssuedConnectToken } from './connect-token-issuer.js';
export { OauthModule } from './oauth.module.js';
export { allowsScope } from './scopes.js';
export { TokenEndpoint, type TokenRequest, type TokenResponse } from './token-endpoint.js';
