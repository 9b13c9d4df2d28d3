import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server } from 'node:net';

/**
 * A port of 127.0.0.1 that nobody listens on at the moment of asking, and on which a listener is reached:
 * rules of the firewall may lead a port elsewhere, those of a container engine for example.
 */
export async function chooseFreePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = addressOf(server.address());
    const reached = await isReached(server, port);
    server.close();
    await once(server, 'close');
    if (reached) return port;
  }
}

/** True when a connection to the port arrives at this very server, and not at another one. */
export function isReached(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: REACH_TIMEOUT_MS });
    const settle = (reached: boolean): void => {
      socket.destroy();
      resolve(reached);
    };
    server.once('connection', (arrived) => {
      arrived.destroy();
      settle(true);
    });
    socket.once('timeout', () => {
      settle(false);
    });
    socket.once('error', () => {
      settle(false);
    });
    // somebody else may hang up without a word
    socket.once('close', () => {
      settle(false);
    });
  });
}

/** False when something listens there already. Needs the right to bind: a refused port is not free. */
export async function isPortFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, host, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

const COMMAND_LENGTH = 80;
const REACH_TIMEOUT_MS = 1_000;

/** Who holds a port, as far as this user may know. */
export interface Listener {
  readonly pid: number;
  readonly command: string;
}

/** Asks `ss`, then `lsof`; undefined when neither is there or the process belongs to somebody else. */
export function findListener(port: number): Listener | undefined {
  return (
    listenerIn(run('ss', ['-Hltnp', `sport = :${String(port)}`]), /\(\("([^"]+)",pid=(\d+)/) ??
    listenerIn(
      run('lsof', ['-nP', `-iTCP:${String(port)}`, '-sTCP:LISTEN']),
      /^(\S+)\s+(\d+)\s/m,
      1,
    )
  );
}

function listenerIn(text: string, pattern: RegExp, skipLines = 0): Listener | undefined {
  const match = pattern.exec(text.split('\n').slice(skipLines).join('\n'));
  const [, command, pid] = match ?? [];
  if (command === undefined || pid === undefined) return undefined;
  return { command: commandLineOf(pid) ?? command, pid: Number(pid) };
}

/** The name that a process gives itself may be that of a thread: `MainThread` for Node. */
function commandLineOf(pid: string): string | undefined {
  const line = run('ps', ['-o', 'args=', '-p', pid]).trim();
  return line === '' ? undefined : line.slice(0, COMMAND_LENGTH);
}

function run(command: string, args: readonly string[]): string {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return address;
}
