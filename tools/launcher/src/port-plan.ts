import { findListener, isPortFree } from '@vigil/embedded';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { fixedPorts, type Settings } from './settings.js';

/**
 * Below the range from which systems take the ports of outgoing connections, and apart from the one
 * from which the agent gives ports to the processes that it supervises.
 */
const EMBEDDED_RANGE = { from: 30_000, to: 32_700 };

const Remembered = z.object({ postgres: z.number().int(), nats: z.number().int() }).partial();

export interface EmbeddedPorts {
  readonly postgres: number;
  readonly nats: number;
}

/** Somebody listens where we have to; each line names the variable, the port and the listener. */
export class PortsTaken extends Error {
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'PortsTaken';
  }
}

/**
 * Looks at every fixed port before anything is started.
 * @throws PortsTaken, which says who listens there as far as it can be known
 */
export async function checkPorts(settings: Settings): Promise<void> {
  const problems: string[] = [];
  for (const { variable, port } of fixedPorts(settings)) {
    if (await isPortFree(port, settings.bind)) continue;
    const listener = findListener(port);
    const who = listener === undefined ? '' : ` by ${listener.command} (pid ${listener.pid})`;
    problems.push(
      `${variable}: port ${port} is in use${who}. Stop that, or set ${variable} to a free port.`,
    );
  }
  if (problems.length > 0) throw new PortsTaken(problems);
}

/**
 * The ports of the embedded servers: as set, else as the last time, else free ones. The file remembers
 * them, and tells `vigilctl` and scripts those of the services.
 */
export async function embeddedPorts(settings: Settings, file: string): Promise<EmbeddedPorts> {
  const last = existsSync(file) ? readRemembered(file) : {};
  const postgres = settings.postgresPort ?? (await freePort(last.postgres));
  const nats = settings.natsPort ?? (await freePort(last.nats, postgres));
  writeFileSync(file, `${JSON.stringify({ ...settings.ports, postgres, nats }, null, 2)}\n`);
  return { postgres, nats };
}

function readRemembered(file: string): z.infer<typeof Remembered> {
  try {
    return Remembered.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    // only a memory: new ports do as well
    return {};
  }
}

async function freePort(wanted: number | undefined, taken?: number): Promise<number> {
  if (wanted !== undefined && wanted !== taken && (await isPortFree(wanted))) return wanted;
  for (;;) {
    const port = randomInt(EMBEDDED_RANGE.from, EMBEDDED_RANGE.to);
    if (port !== taken && (await isPortFree(port))) return port;
  }
}
