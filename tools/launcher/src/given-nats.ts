import { jetstreamManager } from '@nats-io/jetstream';
import { connect, errors } from '@nats-io/transport-node';
import { parseNatsUrl } from '@vigil/config';
import { reasonOf, type Attempt, type GivenServer } from './given-servers.js';

const ATTEMPT_TIMEOUT_MS = 3_000;

/** The NATS of `NATS_URL`. */
export function tryNats(url: string): GivenServer {
  return {
    variable: 'NATS_URL',
    what: `NATS at ${parseNatsUrl(url).servers.join(', ')}`,
    instead: 'runs a nats-server of its own',
    attempt: () => attempt(url),
  };
}

async function attempt(url: string): Promise<Attempt> {
  const { servers, tls, ...credentials } = parseNatsUrl(url);
  try {
    const client = await connect({
      servers,
      ...credentials,
      ...(tls ? { tls: {} } : {}),
      name: 'npm start',
      timeout: ATTEMPT_TIMEOUT_MS,
      reconnect: false,
    });
    try {
      if (client.info?.jetstream !== true) {
        return { ok: false, why: 'JetStream is not enabled there', mayRecover: false };
      }
      // asks for the account: it may be disabled for this one, or not ready yet
      await jetstreamManager(client, { timeout: ATTEMPT_TIMEOUT_MS });
      return { ok: true };
    } finally {
      await client.close();
    }
  } catch (error) {
    const refused =
      error instanceof errors.AuthorizationError ||
      error instanceof errors.UserAuthenticationExpiredError;
    return { ok: false, why: reasonOf(error), mayRecover: !refused };
  }
}
