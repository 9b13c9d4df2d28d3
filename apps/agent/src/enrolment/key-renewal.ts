import { HttpClient } from '../http/http-client.js';
import type { Log } from '../log/log.js';
import { SayOnce } from '../log/say-once.js';
import { AGENT_VERSION } from '../version.js';
import { InterruptiblePause } from '../waiting/interruptible-pause.js';
import type { Credentials } from './credentials.js';
import { enrol, EnrolmentRefused } from './enrol.js';
import { identityOf, saveIdentity } from './identity.js';

/** How often a person's new token is looked for while the key is refused. */
const LOOK_FOR_TOKEN_MS = 1_000;
const SAY_AGAIN_MS = 5 * 60_000;

export interface RenewalParts {
  readonly collectorUrl: URL;
  readonly home: string;
  /** The one-time token as it is configured now. */
  readonly token: () => string | undefined;
  readonly credentials: Credentials;
  /** The key is good again, or another one is: whoever was refused may try again. */
  readonly onAccepted: () => void;
  readonly log: Log;
}

/**
 * Enrols an agent again whose key the collector refuses, as soon as it has a token that was not used
 * before. Everything else goes on meanwhile: what is supervised is supervised, what is spooled is kept.
 *
 * A token that was used up is not shown again. Whoever answers in the collector's place could refuse
 * any key, accept that token, and be trusted with its own commands.
 */
export class KeyRenewal {
  private readonly saying = new SayOnce(SAY_AGAIN_MS);
  private readonly pausing = new InterruptiblePause();
  private readonly rejected = new Map<string, string>();

  constructor(private readonly parts: RenewalParts) {}

  /** What a person has to know and do; undefined while the key is accepted. */
  get problem(): string | undefined {
    if (!this.parts.credentials.isRefused) return undefined;
    const token = this.parts.token();
    const why = token === undefined ? undefined : this.rejected.get(token);
    if (why !== undefined) return `the collector refuses the key of this agent; ${why}`;
    return token === undefined || this.parts.credentials.isSpent(token)
      ? 'the collector refuses the key of this agent: set VIGIL_ENROLL_TOKEN to a new token for this host from POST /agents/tokens'
      : 'the collector refuses the key of this agent: it is being enrolled again';
  }

  /** Runs until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { credentials, log } = this.parts;
    while (!signal.aborted) {
      await credentials.untilRefused(signal);
      if (signal.aborted) return;
      const token = this.freshToken();
      if (token !== undefined && (await this.renewWith(token, signal))) continue;
      const { problem } = this;
      if (problem !== undefined && this.saying.shouldSay(problem)) {
        log.error(`${problem}; its processes are looked after all the same`);
      }
      await this.pausing.wait(LOOK_FOR_TOKEN_MS, signal);
      if (credentials.isRefused) continue;
      if (this.saying.recovered()) log.info('the collector accepts the key of this agent again');
      this.parts.onAccepted();
    }
  }

  private freshToken(): string | undefined {
    const token = this.parts.token();
    if (token === undefined || this.parts.credentials.isSpent(token)) return undefined;
    return this.rejected.has(token) ? undefined : token;
  }

  /** False when the token did not help, or the signal was aborted. */
  private async renewWith(token: string, signal: AbortSignal): Promise<boolean> {
    const { collectorUrl, home, credentials, log } = this.parts;
    const client = new HttpClient(collectorUrl);
    try {
      const host = credentials.agentId;
      const enrolled = await enrol(
        client,
        { token, host, agentVersion: AGENT_VERSION },
        log,
        signal,
      );
      if (enrolled === undefined) return false;
      if (enrolled.agentId !== host) throw new EnrolmentRefused(`it names ${enrolled.agentId}`);
      const identity = identityOf(enrolled, token);
      await saveIdentity(home, identity).catch((error: unknown) =>
        // it holds until the end of this process
        log.error('the new key could not be written down', error),
      );
      credentials.renew(identity);
    } catch (error) {
      // whatever is wrong with it, it is used up or of no use
      this.rejected.set(token, error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      await client.close();
    }
    this.saying.recovered();
    log.info('enrolled again', { agentId: credentials.agentId });
    this.parts.onAccepted();
    return true;
  }
}
