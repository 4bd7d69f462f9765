export { callerOf } from './authenticated-request.js';
export { Caller } from './caller.js';
export * from './development-token.js';
export { PermissionsModule } from './permissions.module.js';
export { notFound } from './refusals.js';
export * from './route-access.js';
export { TokenVerifier, type TokenVerifierOptions } from './token-verifier.js';
