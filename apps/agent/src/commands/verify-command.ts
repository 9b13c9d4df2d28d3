import { Command, type SignedCommand } from '@vigil/contracts';
import { verify, type KeyObject } from 'node:crypto';

/** A command may have been signed by a clock that is ahead of ours by this much. */
const MAX_CLOCK_LEAD_MS = 30_000;

/** No command is valid for longer, whatever it says: the ledger has to remember it that long. */
const MAX_VALIDITY_MS = 10 * 60_000;

/** Why a command is refused, for programs; the contract lists the usual ones. */
export type RefusalCode =
  | 'bad-signature'
  | 'malformed'
  | 'wrong-host'
  | 'expired'
  | 'issued-in-future'
  | 'validity-too-long'
  | 'wrong-resource'
  | 'replayed'
  | 'stale-token'
  | 'stopped'
  | 'not-allowed'
  | 'unsupported-runtime'
  | 'ledger-full'
  | 'state-not-durable'
  | 'shutting-down';

export interface Refusal {
  readonly code: RefusalCode;
  readonly message: string;
}

export type Authenticated =
  | { readonly status: 'genuine'; readonly command: Command }
  /** `command` is what it claims to be, for the answer; nothing of it is trusted or remembered. */
  | { readonly status: 'refused'; readonly refusal: Refusal; readonly command?: Command };

/** Whether the command was really signed by this installation, for this host. */
export function authenticate(
  signed: SignedCommand,
  { host, publicKey }: { readonly host: string; readonly publicKey: KeyObject },
): Authenticated {
  const command = readPayload(signed.payload);
  const claimed = command === undefined ? {} : { command };
  if (!isSignedBy(publicKey, signed)) {
    const message = 'the signature is not that of this installation';
    return { status: 'refused', refusal: { code: 'bad-signature', message }, ...claimed };
  }
  if (command === undefined) {
    const message = 'the payload is not a command that this agent understands';
    return { status: 'refused', refusal: { code: 'malformed', message } };
  }
  if (command.host !== host) {
    const message = `found host ${command.host}, expected ${host}`;
    return { status: 'refused', refusal: { code: 'wrong-host', message }, command };
  }
  return { status: 'genuine', command };
}

/** Why a genuine command is not valid at `now` (Unix ms), or not in itself; undefined when it is. */
export function invalidity(command: Command, now: number): Refusal | undefined {
  const { issuedAt, expiresAt, operation, resource } = command;
  if (issuedAt > now + MAX_CLOCK_LEAD_MS) {
    const seconds = Math.round((issuedAt - now) / 1000);
    const message = `issued ${seconds} s in the future: the clocks differ`;
    return { code: 'issued-in-future', message };
  }
  if (expiresAt - issuedAt > MAX_VALIDITY_MS) {
    const message = `valid for more than ${MAX_VALIDITY_MS / 60_000} minutes`;
    return { code: 'validity-too-long', message };
  }
  if (expiresAt <= now) {
    const seconds = Math.round((now - expiresAt) / 1000);
    return { code: 'expired', message: `expired ${seconds} s ago by the clock of this host` };
  }
  if (operation.resource !== resource) {
    return { code: 'wrong-resource', message: `the operation is on ${operation.resource}` };
  }
  return undefined;
}

function isSignedBy(publicKey: KeyObject, { payload, signature }: SignedCommand): boolean {
  return verify(null, Buffer.from(payload, 'utf8'), publicKey, Buffer.from(signature, 'base64'));
}

function readPayload(payload: string): Command | undefined {
  try {
    return Command.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
