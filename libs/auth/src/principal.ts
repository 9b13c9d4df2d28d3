import type { Role } from '@vigil/contracts';

/** Who makes a request. */
export interface Principal {
  /** Id of the key; `admin` for the one of the admin key file. */
  readonly keyId: string;
  /** For people, in audit records: the name of the key. */
  readonly name: string;
  readonly role: Role;
  /** Of an agent: the only host that it may speak for. */
  readonly host?: string;
}

/** A key as a directory knows it. */
export interface KnownKey {
  readonly principal: Principal;
  readonly hash: Buffer;
  /** Unix ms. */
  readonly expiresAt?: number;
}

/** True when the principal may report for the source: an agent only for its own host. */
export function maySpeakFor(principal: Principal, source: string): boolean {
  return principal.role !== 'agent' || principal.host === source;
}
