import { eventually } from '@vigil/testkit';
import { request, type ClientRequest } from 'node:http';
import { ADMIN_KEY } from './collector-world.js';

export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** A client of `GET /stream`. */
export class EventSourceClient {
  readonly events: ServerSentEvent[] = [];
  /** Resolves when the server has ended the stream, or the client has. */
  readonly ended: Promise<void>;
  private text = '';

  private constructor(private readonly call: ClientRequest) {
    this.ended = new Promise((resolve) => call.on('close', resolve));
  }

  static async open(url: string, path: string, lastEventId?: string): Promise<EventSourceClient> {
    const call = request(`${url}${path}`, {
      agent: false,
      headers: {
        authorization: `Bearer ${ADMIN_KEY}`,
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
    const client = new EventSourceClient(call);
    await new Promise<void>((resolve, reject) => {
      call.on('error', reject);
      call.on('response', (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`answered ${response.statusCode ?? 0}`));
          return;
        }
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => client.receive(chunk));
        response.on('error', () => undefined);
        resolve();
      });
      call.end();
    });
    return client;
  }

  until(condition: (event: ServerSentEvent) => boolean): Promise<ServerSentEvent> {
    return eventually(() => this.events.find(condition));
  }

  close(): void {
    this.call.destroy();
  }

  private receive(chunk: string): void {
    this.text += chunk;
    const blocks = this.text.split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(
        block
          .split('\n')
          .map((line): [string, string] => [
            line.split(': ', 1)[0] ?? '',
            line.replace(/^\w+: /, ''),
          ]),
      );
      const event = fields.get('event');
      if (event === undefined) continue;
      this.events.push({
        id: fields.get('id'),
        event,
        data: JSON.parse(fields.get('data') ?? 'null'),
      });
    }
  }
}
