import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

/**
 * Names this remediator in locks. Two processes cannot listen on one port of one host, so whoever has
 * the name now is alone, and an earlier process of that name is dead: its locks are taken back at once.
 */
export class RemediatorIdentity {
  constructor(readonly holder: string) {}

  /** @param port 0 when the system chooses one: then nobody can be this process's successor */
  static ofThisProcess(bind: string, port: number): RemediatorIdentity {
    if (port === 0) return new RemediatorIdentity(`remediator@${hostname()}/${randomUUID()}`);
    return new RemediatorIdentity(`remediator@${hostname()}/${bind}:${port}`);
  }
}
