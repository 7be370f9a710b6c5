export type { ApiOptions } from './apiOptions.ts';
export type { ApiAuth } from './auth/authenticate.ts';
export type { Identity, Role } from './auth/identity.ts';
export { loadTokens, TokenFileError, TokenStore, tokenFileSchema } from './auth/tokens.ts';
export { createApi } from './createApi.ts';
export { type Listen, ListenError, listenApi } from './listenApi.ts';
export { openApiDocument } from './openapi.ts';
export { routeTable } from './routeTable.ts';
