export { AccessControl, type AccessRule } from './access-control.js';
export { accessRules, guardRoutes, routerPath, type AccessRules } from './access-hook.js';
export { AdminKeyFile } from './admin-key-file.js';
export { Caller, identify, principalOf } from './caller.js';
export { bearerCredentials, pageCredentials, type Credentials } from './credentials.js';
export { KeyDirectories, KeyDirectory } from './key-directory.js';
export { KeyVerifier } from './key-verifier.js';
export { maySpeakFor, type KnownKey, type Principal } from './principal.js';
export { hashSecret, newSecret, sameHash, type NewSecret, type SecretKind } from './secret.js';
