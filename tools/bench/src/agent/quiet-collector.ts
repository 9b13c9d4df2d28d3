import { EnrolRequest, type Enrolled } from '@vigil/contracts';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';

/** A collector that accepts everything and keeps nothing, so that only the agent is measured. */
export interface QuietCollector {
  readonly url: string;
  /** Batches of samples that have arrived so far. */
  batches(): number;
  close(): void;
}

export async function startQuietCollector(): Promise<QuietCollector> {
  const { publicKey } = generateKeyPairSync('ed25519');
  const commandPublicKey = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const channels = new WebSocketServer({ noServer: true });
  let batches = 0;
  const server = createServer((request, response) => {
    void readAll(request).then((body) => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/agents/enroll') {
        const { host } = EnrolRequest.parse(JSON.parse(body.toString('utf8')));
        const answer: Enrolled = { agentId: host, key: 'key', commandPublicKey, instance: 'bench' };
        response.writeHead(201).end(JSON.stringify(answer));
        return;
      }
      // snapshots come without samples and uncompressed
      if (request.headers['content-encoding'] === 'gzip') batches += 1;
      response.writeHead(202).end('{"accepted":1,"rejected":[]}');
    });
  });
  // as the real one: a connection that is used every ten seconds stays open
  server.keepAliveTimeout = 72_000;
  server.on('upgrade', (request, socket, head) =>
    channels.handleUpgrade(request, socket, head, () => undefined),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    batches: () => batches,
    close() {
      for (const channel of channels.clients) channel.terminate();
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readAll(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(request, 'end');
  return Buffer.concat(chunks);
}
