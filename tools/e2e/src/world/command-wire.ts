import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  AgentCommands,
  AgentDownlink,
  AgentResults,
  Command,
  subjectOf,
  type CommandResult,
  type SignedCommand,
} from '@vigil/contracts';
import { eventually } from '@vigil/testkit';
import { createPrivateKey, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const Ports = z.object({ nats: z.number().int() });

/**
 * Somebody who has the credentials of NATS: reads the commands to the agent of a host and its answers,
 * and sends commands of his own.
 */
export class CommandWire {
  private readonly commands: SignedCommand[] = [];
  private readonly results: CommandResult[] = [];

  private constructor(
    private readonly connection: NatsConnection,
    private readonly host: string,
  ) {
    void this.listen(subjectOf(AgentCommands, { host }), (message) => {
      const downlink = AgentDownlink.parse(message);
      if (downlink.type === 'command') this.commands.push(downlink.command);
    });
    void this.listen(subjectOf(AgentResults, { host }), (message) => {
      const uplink = AgentResults.schema.parse(message).message;
      if (uplink.type === 'result') this.results.push(uplink.result);
    });
  }

  /** With the credentials that lie in VIGIL_HOME. */
  static async open(home: string, host: string): Promise<CommandWire> {
    const connection = await connect({
      servers: natsServer(home),
      user: 'vigil',
      pass: readFileSync(join(home, 'nats.password'), 'utf8').trim(),
    });
    const wire = new CommandWire(connection, host);
    await connection.flush();
    return wire;
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  /** The newest command that was sent and is like this. */
  async captured(
    isWanted: (command: Command) => boolean,
  ): Promise<{ readonly signed: SignedCommand; readonly command: Command }> {
    return eventually(() =>
      this.commands
        .map((signed) => ({ signed, command: Command.parse(JSON.parse(signed.payload)) }))
        .findLast(({ command }) => isWanted(command)),
    );
  }

  /** Hands a command to the agent, and returns what the agent makes of it. */
  async send(signed: SignedCommand): Promise<CommandResult> {
    const { commandId } = Command.parse(JSON.parse(signed.payload));
    const before = this.results.length;
    const message = JSON.stringify({ type: 'command', command: signed });
    await this.connection.request(subjectOf(AgentCommands, { host: this.host }), message);
    return eventually(() =>
      this.results.slice(before).find((result) => result.commandId === commandId),
    );
  }

  private async listen(subject: string, hear: (message: unknown) => void): Promise<void> {
    for await (const message of this.connection.subscribe(subject)) hear(message.json());
  }
}

/** Where the embedded nats-server of an installation listens. */
export function natsServer(home: string): string {
  const { nats } = Ports.parse(JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8')));
  return `127.0.0.1:${String(nats)}`;
}

/** Signs as the remediator of an installation does. */
export function signAsRemediator(home: string, command: Command): SignedCommand {
  const pem = readFileSync(join(home, 'command-signing.key'), 'utf8');
  const payload = JSON.stringify(command);
  return {
    payload,
    signature: sign(null, Buffer.from(payload), createPrivateKey(pem)).toString('base64'),
  };
}
