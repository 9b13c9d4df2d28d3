import type { AgentDownlink } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { WebSocketServer, type WebSocket } from 'ws';
import { Credentials } from '../enrolment/credentials.js';
import { http } from '../http/node-http.js';
import { silentLog } from '../log/log.js';
import { Channel, type ChannelTiming } from './channel.js';

/** What the collector does with a connection that wants to be a channel. */
type Welcome = (socket: WebSocket) => void;

/** A collector's side of the channel, which can go away and come back on the same port. */
class ChannelServer {
  readonly sockets: WebSocket[] = [];
  readonly heard: string[] = [];
  welcome: Welcome = () => undefined;
  /** Answers an upgrade with this status; undefined lets it in. */
  refusal: number | undefined;
  port = 0;
  private readonly upgrades = new WebSocketServer({ noServer: true, autoPong: false });
  private server: Server | undefined;

  async open(): Promise<void> {
    const server = http.createServer();
    server.on('upgrade', (request, socket, head) => {
      if (this.refusal !== undefined) {
        // who is refused may be gone before it is told
        socket.on('error', () => undefined);
        socket.end(`HTTP/1.1 ${this.refusal} No\r\nConnection: close\r\n\r\n`);
        return;
      }
      this.upgrades.handleUpgrade(request, socket, head, (webSocket) => {
        webSocket.on('message', (data: Buffer) => this.heard.push(data.toString('utf8')));
        this.sockets.push(webSocket);
        this.welcome(webSocket);
      });
    });
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.server = server;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.terminate();
    const { server } = this;
    this.server = undefined;
    server?.closeAllConnections();
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }
}

/** Notes how long it should wait, and does not. */
class NotedPauses {
  readonly noted: number[] = [];

  async wait(ms: number): Promise<void> {
    this.noted.push(ms);
    await new Promise((resolve) => setImmediate(resolve));
  }

  interrupt(): void {}
}

const server = new ChannelServer();
const credentials = new Credentials({
  agentId: 'web-1',
  key: 'key',
  commandKey: generateKeyPairSync('ed25519').publicKey,
  commandPublicKey: '',
  instance: 'test',
});
let stopping: AbortController;
let running: Promise<void> | undefined;
let opened = 0;
let received: AgentDownlink[] = [];

function run(timing: Partial<ChannelTiming> = {}): Channel {
  const channel = new Channel(
    { collectorUrl: new URL(`http://127.0.0.1:${server.port}`), credentials },
    {
      onOpen() {
        opened += 1;
        return [{ type: 'hello', agentVersion: 'test', epoch: opened }];
      },
      onMessage: (message) => received.push(message),
    },
    silentLog,
    timing,
  );
  running = channel.run(stopping.signal);
  return channel;
}

beforeEach(async () => {
  stopping = new AbortController();
  opened = 0;
  received = [];
  server.welcome = () => undefined;
  server.refusal = undefined;
  server.sockets.length = 0;
  server.heard.length = 0;
  await server.open();
});
afterEach(async () => {
  stopping.abort();
  await server.close();
  await running;
});

describe('a channel', () => {
  it.each<[string, (socket: WebSocket) => void]>([
    ['closed in order', (socket) => socket.close(1012, 'restart')],
    ['cut', (socket) => socket.terminate()],
    ['ended because the agent was removed', (socket) => socket.close(4003, 'removed')],
  ])('that is %s is opened again, and greets again', async (_how, end) => {
    const channel = run();
    await eventually(() => server.heard.length === 1);
    server.sockets.forEach(end);
    await eventually(() => server.heard.length === 2);
    expect(JSON.parse(server.heard[1] ?? '')).toMatchObject({ type: 'hello', epoch: 2 });
    server.sockets[1]?.send('{"type":"result.ack","commandId":"c1"}');
    await eventually(() => received.length === 1);
    expect(channel.isOpen).toBe(true);
  });

  it('waits longer and longer for a collector that is away, and finds it again', async () => {
    const pausing = new NotedPauses();
    run({ pausing, random: () => 1 });
    await eventually(() => opened === 1);
    await server.close();
    await eventually(() => pausing.noted.length > 9);
    await server.open();
    await eventually(() => opened === 2);
    expect(pausing.noted.slice(0, 9)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
  });

  it('spreads its attempts at random', async () => {
    const pausing = new NotedPauses();
    const randoms = [0, 0.5, 0.25];
    await server.close();
    run({ pausing, random: () => randoms.shift() ?? 1 });
    await eventually(() => pausing.noted.length > 3);
    expect(pausing.noted.slice(0, 4)).toEqual([0, 250, 250, 2_000]);
  });

  it('begins with a fast retry again after a connection that has lasted', async () => {
    const pausing = new NotedPauses();
    let now = 0;
    await server.close();
    run({ pausing, random: () => 1, now: () => now });
    await eventually(() => pausing.noted.length > 5);
    await server.open();
    await eventually(() => opened === 1);
    const before = pausing.noted.length;
    now += 60_000;
    server.sockets[0]?.terminate();
    await eventually(() => opened === 2);
    expect(pausing.noted[before]).toBe(250);
  });

  it('does not storm a collector that lets it in and ends it at once', async () => {
    const pausing = new NotedPauses();
    server.welcome = (socket) => socket.close(4400, 'protocol-error');
    run({ pausing, random: () => 1 });
    await eventually(() => pausing.noted.length > 8);
    expect(opened).toBeGreaterThan(7);
    expect(pausing.noted.slice(0, 9)).toEqual([
      250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000,
    ]);
  });

  it.each([
    ['a key that is refused', 401],
    ['a host that is refused', 403],
  ])('is not asked for quickly with %s', async (_what, status) => {
    const pausing = new NotedPauses();
    server.refusal = status;
    run({ pausing });
    await eventually(() => pausing.noted.length > 2);
    expect(pausing.noted.slice(0, 3)).toEqual([30_000, 30_000, 30_000]);
    expect(credentials.isRefused).toBe(status === 401);
    credentials.accept('key');
  });

  it('that is silent is given up, and opened again', async () => {
    run({ pingEveryMs: 20, silenceMs: 100 });
    await eventually(() => opened === 2);
  });
});
