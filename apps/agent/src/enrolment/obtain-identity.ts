import { HttpClient } from '../http/http-client.js';
import type { Log } from '../log/log.js';
import { AGENT_VERSION } from '../version.js';
import { enrol } from './enrol.js';
import { identityOf, loadIdentity, saveIdentity, type Identity } from './identity.js';

export interface EnrolmentRequest {
  readonly collectorUrl: URL;
  readonly home: string;
  readonly host: string;
  readonly token: string | undefined;
}

/** The agent cannot know who it is: a person has to give it a token, or its right name. */
export class NotEnrolled extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotEnrolled';
  }
}

/**
 * The identity of an earlier enrolment, or that of a new one. Undefined when the signal was aborted
 * while the collector could not be reached.
 * @throws NotEnrolled, EnrolmentRefused
 */
export async function obtainIdentity(
  { collectorUrl, home, host, token }: EnrolmentRequest,
  log: Log,
  signal: AbortSignal,
): Promise<Identity | undefined> {
  const known = await loadIdentity(home);
  if (known !== undefined) {
    if (known.agentId === host) return known;
    throw new NotEnrolled(
      `this agent is enrolled as ${known.agentId}, not as ${host}: set VIGIL_AGENT_HOST, or use another VIGIL_AGENT_HOME`,
    );
  }
  if (token === undefined) {
    throw new NotEnrolled(
      'this agent is not enrolled: set VIGIL_ENROLL_TOKEN to a token from POST /agents/tokens',
    );
  }
  const client = new HttpClient(collectorUrl);
  try {
    const enrolled = await enrol(client, { token, host, agentVersion: AGENT_VERSION }, log, signal);
    if (enrolled === undefined) return undefined;
    const identity = identityOf(enrolled, token);
    await saveIdentity(home, identity);
    log.info('enrolled', { agentId: identity.agentId, instance: identity.instance });
    return identity;
  } finally {
    await client.close();
  }
}
