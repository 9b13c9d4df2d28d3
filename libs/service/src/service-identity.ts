/** Who this process is, for connections, heartbeats and logs. */
export class ServiceIdentity {
  constructor(
    /** For example `evaluator`. */
    readonly name: string,
    readonly version: string,
  ) {}
}
