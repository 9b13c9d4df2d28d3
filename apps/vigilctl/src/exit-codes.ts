/** What a script can rely on; `vigilctl --help` and the README of this app list them. */
export const EXIT = {
  ok: 0,
  /** It worked, and the answer is no: drift, an invalid manifest, a rejected revision, a failed check. */
  negative: 1,
  usage: 2,
  /** Nobody answers at the URL, or the collector is not able to answer now. */
  unreachable: 3,
  /** No key, a wrong key, or one whose role does not allow it. */
  denied: 4,
  notFound: 5,
  /** The collector refused the request: the message says why. */
  refused: 6,
  /** What the collector depends on for the answer cannot be read: the repository of a source. */
  unreadable: 7,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a message for people and an exit code for scripts; never a stack trace. */
export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: ExitCode,
    readonly details: readonly string[] = [],
  ) {
    super(message);
    this.name = 'CommandFailure';
  }
}
