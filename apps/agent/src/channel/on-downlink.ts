import type {
  AgentDownlink,
  AgentUplink,
  DescriptionOutcome,
  SignedCommand,
} from '@vigil/contracts';
import type { CommandHandler } from '../commands/command-handler.js';
import type { Observer } from '../observation/observer.js';
import type { Log } from '../log/log.js';
import type { AgentState } from '../state/agent-state.js';
import { AGENT_VERSION } from '../version.js';

export interface DownlinkParts {
  readonly commands: CommandHandler;
  readonly observer: Observer;
  readonly state: AgentState;
  /** What runs on this host that manifests may take over. */
  readonly describe: (names: readonly string[] | undefined) => Promise<DescriptionOutcome>;
  readonly log: Log;
  /** Tells the collector; a message that cannot be sent now is asked for again, or sent at the next connect. */
  readonly send: (message: AgentUplink) => void;
  /** The state of this host has changed. */
  readonly onChange: () => void;
}

/** The collector takes no more messages at once than it can handle; older results are asked for by id. */
const MAX_GREETING_RESULTS = 100;

/** What is told first over a fresh channel: who we are, and results that may not have arrived. */
export function greeting({ commands, state }: DownlinkParts): AgentUplink[] {
  return [
    { type: 'hello', agentVersion: AGENT_VERSION, epoch: state.epoch },
    ...commands
      .unacknowledged()
      .slice(-MAX_GREETING_RESULTS)
      .map((result) => ({ type: 'result', result }) as const),
  ];
}

/** Does what a message of the collector asks for. */
export async function onDownlink(message: AgentDownlink, parts: DownlinkParts): Promise<void> {
  switch (message.type) {
    case 'command':
      return carryOut(message.command, parts);
    case 'result.ack':
      return parts.commands.acknowledge(message.commandId);
    case 'result.query': {
      const result = parts.commands.resultOf(message.commandId);
      // without one it is still being carried out, and its result is sent when there is one
      if (result !== undefined) parts.send({ type: 'result', result });
      return;
    }
    case 'observe':
      parts.send({
        type: 'observation',
        requestId: message.requestId,
        state: await parts.observer.liveSnapshot(),
      });
      return;
    case 'describe':
      return describe(message, parts);
    case 'control':
      return takeControl(message.stopped, parts);
  }
}

async function carryOut(command: SignedCommand, parts: DownlinkParts): Promise<void> {
  const result = await parts.commands.handle(command);
  if (result !== undefined) parts.send({ type: 'result', result });
}

/** Somebody waits: a failure that nobody foresaw is an answer, too. */
async function describe(
  { requestId, names }: Extract<AgentDownlink, { type: 'describe' }>,
  { describe, send, log }: DownlinkParts,
): Promise<void> {
  const outcome = await describe(names).catch((error: unknown): DescriptionOutcome => {
    log.error('what runs here could not be described', error);
    return { status: 'failed', code: 'failed', message: 'the log of the agent says why' };
  });
  send({ type: 'description', requestId, outcome });
}

/** Obeyed at once, and acknowledged when it would survive a crash. */
async function takeControl(stopped: boolean, parts: DownlinkParts): Promise<void> {
  if (stopped !== parts.state.stopped) {
    parts.log.warn(stopped ? 'stop-the-world is in force' : 'stop-the-world has ended');
    const recorded = parts.state.record({ type: 'control.told', stopped });
    parts.onChange();
    await recorded;
  }
  parts.send({ type: 'control.ack', stopped });
}
