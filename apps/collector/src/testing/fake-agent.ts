import { AgentDownlink, type AgentUplink } from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** The agent's end of a channel. */
export class FakeAgent {
  readonly received: AgentDownlink[] = [];
  /** Code with which the channel was closed. */
  closeCode: number | undefined;

  private constructor(private readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => {
      this.received.push(AgentDownlink.parse(JSON.parse(data.toString('utf8'))));
    });
    socket.on('close', (code) => {
      this.closeCode = code;
    });
    socket.on('error', () => undefined);
  }

  /** @throws the HTTP status, as a number in an Error, when the channel is refused */
  static async connect(url: string, host: string, key: string): Promise<FakeAgent> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/agents/${host}/channel`, {
      headers: { authorization: `Bearer ${key}` },
    });
    const agent = new FakeAgent(socket);
    await once(socket, 'open');
    return agent;
  }

  /** The HTTP status with which a channel is refused. */
  static async refusal(url: string, host: string, key: string): Promise<number> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/agents/${host}/channel`, {
      headers: { authorization: `Bearer ${key}` },
    });
    socket.on('error', () => undefined);
    return new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => {
        resolve(response.statusCode ?? 0);
        socket.terminate();
      });
      socket.on('open', () => {
        resolve(101);
        socket.close();
      });
    });
  }

  send(message: AgentUplink): void {
    this.socket.send(JSON.stringify(message));
  }

  sendText(text: string): void {
    this.socket.send(text);
  }

  until<Type extends AgentDownlink['type']>(
    type: Type,
    condition: (message: Extract<AgentDownlink, { type: Type }>) => boolean = () => true,
  ): Promise<Extract<AgentDownlink, { type: Type }>> {
    return eventually(() => this.received.filter(isOfType(type)).find(condition));
  }

  untilClosed(): Promise<number> {
    return eventually(() => this.closeCode);
  }

  async close(): Promise<void> {
    if (this.closeCode !== undefined) return;
    this.socket.close();
    await this.untilClosed();
  }
}

function isOfType<Type extends AgentDownlink['type']>(type: Type) {
  return (message: AgentDownlink): message is Extract<AgentDownlink, { type: Type }> =>
    message.type === type;
}
