export { AccessGuard } from './access.guard.js';
export { Access, Caller, identify, principalOf, type AccessOptions } from './access.js';
export { AdminKeyFile } from './admin-key-file.js';
export { bearerCredentials, pageCredentials, type Credentials } from './credentials.js';
export { KeyDirectories, KeyDirectory } from './key-directory.js';
export { KeyVerifier } from './key-verifier.js';
export { maySpeakFor, type KnownKey, type Principal } from './principal.js';
export { hashSecret, newSecret, sameHash, type NewSecret, type SecretKind } from './secret.js';
