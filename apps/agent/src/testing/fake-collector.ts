import {
  AgentUplink,
  EnrolRequest,
  IngestBatch,
  type AgentDownlink,
  type Command,
  type CommandResult,
  type DescriptionOutcome,
  type Enrolled,
  type ReplicaObservation,
  type SignedCommand,
  type StateSnapshot,
} from '@vigil/contracts';
import { generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import { http } from '../http/node-http.js';

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a test decides about one `POST /ingest`; undefined: accepted. */
export type IngestPolicy = (batch: IngestBatch) => FakeAnswer | undefined;

const WAIT_MS = 20_000;

/**
 * A collector and control plane that speak the real protocol (the contracts), for agents that run as
 * processes of their own: enrolment, ingest, the channel, signed commands.
 */
export class FakeCollector {
  /** Enrols once; a test may offer another one. */
  token = `token-${randomUUID()}`;
  /** Of the last enrolment. */
  key = `key-${randomUUID()}`;
  /** Tokens that were shown, in order. */
  readonly shownTokens: string[] = [];
  readonly batches: IngestBatch[] = [];
  readonly snapshots: StateSnapshot[] = [];
  readonly uplinks: AgentUplink[] = [];
  ingest: IngestPolicy = () => undefined;
  /** True makes the collector refuse every key. */
  refusesKeys = false;

  private readonly changed = new EventEmitter();
  private keys = generateKeyPairSync('ed25519');
  private readonly sockets = new WebSocketServer({ noServer: true });
  private server: Server | undefined;
  private socket: WebSocket | undefined;
  private port = 0;
  private usedToken: string | undefined;
  private nextToken = 1;

  constructor(readonly host: string) {
    this.changed.setMaxListeners(0);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get signingKey(): KeyObject {
    return this.keys.privateKey;
  }

  /** Listens, on the same port as before after a `close`. */
  async open(): Promise<void> {
    this.server = http.createServer((request, response) => void this.answer(request, response));
    this.server.on('upgrade', (request, socket, head) => {
      if (!this.isOurKey(request)) {
        // who is refused may be gone before it is told
        socket.on('error', () => undefined);
        socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.connect(webSocket));
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = portOf(this.server);
  }

  /** Goes away as a killed process does. */
  async close(): Promise<void> {
    for (const client of this.sockets.clients) client.terminate();
    this.socket = undefined;
    const { server } = this;
    this.server = undefined;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Breaks the channel, and only that. */
  breakChannel(): void {
    this.socket?.terminate();
    this.socket = undefined;
  }

  /** The agent's key is no longer known, and its channel ends: as after `DELETE /agents/{id}`. */
  revokeKey(): void {
    this.key = `key-${randomUUID()}`;
    this.socket?.close(4003, 'removed');
  }

  /** Signs with another key from now on, as an installation that was made anew. */
  replaceSigningKey(): void {
    this.keys = generateKeyPairSync('ed25519');
  }

  get isConnected(): boolean {
    return this.socket !== undefined;
  }

  send(message: AgentDownlink): void {
    if (this.socket === undefined) throw new Error('the agent is not connected');
    this.socket.send(JSON.stringify(message));
  }

  /** A command as the remediator makes it; parts can be replaced. */
  command(operation: Command['operation'], parts: Partial<Command> = {}): Command {
    const now = Date.now();
    return {
      commandId: randomUUID(),
      host: this.host,
      actionId: randomUUID(),
      correlationId: randomUUID(),
      resource: operation.resource,
      issuedAt: now,
      expiresAt: now + 30_000,
      nonce: randomUUID(),
      fencingToken: this.nextToken++,
      operation,
      ...parts,
    };
  }

  sign(command: Command, key: KeyObject = this.keys.privateKey): SignedCommand {
    const payload = JSON.stringify(command);
    return { payload, signature: sign(null, Buffer.from(payload), key).toString('base64') };
  }

  /** Signs and sends a command, and returns its result. */
  async carryOut(command: Command, signed = this.sign(command)): Promise<CommandResult> {
    const before = this.uplinks.length;
    this.send({ type: 'command', command: signed });
    return this.resultOf(command.commandId, before);
  }

  /** The first result of a command among the messages after the first `after`. */
  resultOf(commandId: string, after = 0): Promise<CommandResult> {
    return this.until(() => {
      for (const message of this.uplinks.slice(after)) {
        if (message.type === 'result' && message.result.commandId === commandId) {
          return message.result;
        }
      }
      return undefined;
    });
  }

  /** Asks for a live observation over the channel. */
  async observe(): Promise<StateSnapshot> {
    const requestId = randomUUID();
    this.send({ type: 'observe', requestId });
    return this.until(() => {
      const answer = this.uplinks.find(
        (message) => message.type === 'observation' && message.requestId === requestId,
      );
      return answer?.type === 'observation' ? answer.state : undefined;
    });
  }

  /** Asks over the channel what runs there. */
  async describe(names?: string[]): Promise<DescriptionOutcome> {
    const requestId = randomUUID();
    this.send({ type: 'describe', requestId, ...(names === undefined ? {} : { names }) });
    return this.until(() => {
      const answer = this.uplinks.find(
        (message) => message.type === 'description' && message.requestId === requestId,
      );
      return answer?.type === 'description' ? answer.outcome : undefined;
    });
  }

  /** Resolves with what `look` returns as soon as that is not undefined; asked after every message. */
  async until<T>(look: () => T | undefined): Promise<T> {
    const deadline = AbortSignal.timeout(WAIT_MS);
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      try {
        await once(this.changed, 'change', { signal: deadline });
      } catch (cause) {
        const seen = JSON.stringify(this.snapshots.at(-1)?.replicas.map(summary));
        throw new Error(`waited in vain; last snapshot: ${seen}`, { cause });
      }
    }
  }

  /** The first replica in a snapshot, beginning with the newest one now, that satisfies `matches`. */
  async untilReplica(
    matches: (replica: ReplicaObservation) => boolean,
  ): Promise<ReplicaObservation> {
    return this.until(() => this.snapshots.at(-1)?.replicas.find(matches));
  }

  private connect(socket: WebSocket): void {
    this.socket = socket;
    socket.on('message', (data: Buffer) => {
      this.uplinks.push(AgentUplink.parse(JSON.parse(data.toString('utf8'))));
      this.changed.emit('change');
    });
    socket.on('close', () => {
      if (this.socket === socket) this.socket = undefined;
      this.changed.emit('change');
    });
    this.changed.emit('change');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    const answer = this.answerTo(request, body);
    response.writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers });
    response.end(JSON.stringify(answer.body ?? {}));
    this.changed.emit('change');
  }

  private answerTo(request: IncomingMessage, body: Buffer): FakeAnswer {
    if (request.url === '/agents/enroll') return this.enrol(body);
    if (!this.isOurKey(request)) return { status: 401, body: problem(401, 'unknown key') };
    if (request.url !== '/ingest') return { status: 404 };
    const batch = IngestBatch.parse(JSON.parse(body.toString('utf8')));
    if (batch.source !== this.host) return { status: 403, body: problem(403, 'foreign source') };
    const decided = this.ingest(batch);
    if (decided !== undefined) return decided;
    if (batch.state !== undefined) this.snapshots.push(batch.state);
    if (batch.batchId !== undefined) this.batches.push(batch);
    return { status: 202, body: { accepted: batch.metrics.length, rejected: [] } };
  }

  private enrol(body: Buffer): FakeAnswer {
    const { token, host } = EnrolRequest.parse(JSON.parse(body.toString('utf8')));
    this.shownTokens.push(token);
    if (token !== this.token || token === this.usedToken || host !== this.host) {
      return { status: 401, body: problem(401, 'the token is not valid') };
    }
    this.usedToken = token;
    this.key = `key-${randomUUID()}`;
    const enrolled: Enrolled = {
      agentId: host,
      key: this.key,
      commandPublicKey: this.keys.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      instance: 'test',
    };
    return { status: 201, body: enrolled };
  }

  private isOurKey(request: IncomingMessage): boolean {
    return !this.refusesKeys && request.headers.authorization === `Bearer ${this.key}`;
  }
}

function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('error', reject);
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      resolve(request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
    });
  });
}

function problem(status: number, detail: string) {
  return { type: 'about:blank', title: 'refused', status, detail };
}

function summary({ resource, replica, state, health, pid }: ReplicaObservation) {
  return { resource, replica, state, health: health.status, pid };
}

function portOf(server: Server): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return address.port;
}
