import { Digest, CommandResult, ForeignChange, ResourceIdField, UnixMs } from '@vigil/contracts';
import { z } from 'zod';
import {
  CommandRecord,
  Launch,
  LaunchEnd,
  LaunchSpec,
  ProcessIdentity,
  ReplicaRecord,
  replicaKey,
  SeenToken,
  type AgentDocument,
} from './agent-document.js';
import { ContainerRecord } from './container-record.js';

const ofReplica = { resource: ResourceIdField, replica: z.number().int().nonnegative() };
const ofLaunch = { ...ofReplica, instance: z.string() };

/** A list without the entries that are not understood, so that one of them does not cost the others. */
function understood<Schema extends z.ZodType>(schema: Schema) {
  return z
    .array(z.unknown())
    .transform((items) => items.flatMap((item) => schema.safeParse(item).data ?? []));
}

/** One line of the agent's journal. */
export const StateChange = z.discriminatedUnion('type', [
  z.object({ type: z.literal('epoch.began'), epoch: UnixMs }),
  z.object({ type: z.literal('control.told'), stopped: z.boolean() }),
  z.object({
    type: z.literal('command.recorded'),
    command: CommandRecord,
    token: z.number().int().nonnegative(),
  }),
  z.object({ type: z.literal('command.finished'), result: CommandResult }),
  z.object({ type: z.literal('result.acknowledged'), commandId: z.string() }),
  z.object({ type: z.literal('launch.intended'), ...ofReplica, launch: Launch }),
  /** No process came of the intention. */
  z.object({ type: z.literal('launch.failed'), ...ofLaunch }),
  z.object({ type: z.literal('launch.spawned'), ...ofLaunch, process: ProcessIdentity }),
  z.object({ type: z.literal('launch.ended'), ...ofLaunch, end: LaunchEnd }),
  z.object({
    type: z.literal('launch.reconfigured'),
    ...ofLaunch,
    spec: LaunchSpec,
    specDigest: Digest,
  }),
  z.object({ type: z.literal('replica.forgotten'), ...ofReplica }),
  /** What holds of the container of a replica from now on. */
  z.object({ type: z.literal('container.recorded'), record: ContainerRecord }),
  /** Somebody else has done something to the container of a replica. */
  z.object({ type: z.literal('container.changed'), ...ofReplica, change: ForeignChange }),
  z.object({ type: z.literal('container.forgotten'), ...ofReplica }),
  /** The whole document, at the head of a journal that was made compact. */
  z.object({
    type: z.literal('document'),
    epoch: UnixMs,
    stopped: z.boolean(),
    replicas: understood(ReplicaRecord),
    containers: understood(ContainerRecord).optional(),
    commands: understood(CommandRecord),
    tokens: understood(z.object({ resource: ResourceIdField, seen: SeenToken })),
  }),
]);
export type StateChange = z.infer<typeof StateChange>;
type ChangeOf<Type extends StateChange['type']> = Extract<StateChange, { type: Type }>;

/**
 * Takes a change over into the document. A change that was already taken over, or is about a launch
 * that is no longer the present one, changes nothing.
 */
export function applyChange(document: AgentDocument, change: StateChange): void {
  switch (change.type) {
    case 'epoch.began':
      document.epoch = Math.max(document.epoch, change.epoch);
      return;
    case 'control.told':
      document.stopped = change.stopped;
      return;
    case 'command.recorded':
      recordCommand(document, change);
      return;
    case 'command.finished': {
      const command = document.commands.get(change.result.commandId);
      if (command !== undefined) command.result ??= change.result;
      return;
    }
    case 'result.acknowledged': {
      const command = document.commands.get(change.commandId);
      if (command?.result !== undefined) command.acknowledged = true;
      return;
    }
    case 'launch.intended':
      intend(document, change);
      return;
    case 'launch.failed':
      giveUpIntention(document, change);
      return;
    case 'launch.spawned':
      takeOverIntention(document, change);
      return;
    case 'launch.ended':
      endLaunch(document, change);
      return;
    case 'launch.reconfigured': {
      const launch = launchOf(document, change);
      if (launch === undefined) return;
      launch.spec = change.spec;
      launch.specDigest = change.specDigest;
      return;
    }
    case 'replica.forgotten':
      document.replicas.delete(replicaKey(change.resource, change.replica));
      return;
    case 'container.recorded': {
      const { record } = change;
      document.containers.set(replicaKey(record.resource, record.replica), record);
      return;
    }
    case 'container.changed': {
      const key = replicaKey(change.resource, change.replica);
      const record = document.containers.get(key);
      if (record !== undefined) {
        document.containers.set(key, { ...record, foreignChange: change.change });
      }
      return;
    }
    case 'container.forgotten':
      document.containers.delete(replicaKey(change.resource, change.replica));
      return;
    case 'document':
      replaceDocument(document, change);
      return;
  }
}

/** The document as one change, for the head of a compact journal. */
export function documentAsChange(document: AgentDocument): StateChange {
  return {
    type: 'document',
    epoch: document.epoch,
    stopped: document.stopped,
    replicas: [...document.replicas.values()],
    containers: [...document.containers.values()],
    commands: [...document.commands.values()],
    tokens: [...document.tokens].map(([resource, seen]) => ({ resource, seen })),
  };
}

function recordCommand(document: AgentDocument, change: ChangeOf<'command.recorded'>): void {
  const { command, token } = change;
  if (!document.commands.has(command.commandId)) {
    document.commands.set(command.commandId, { ...command });
  }
  const seen = document.tokens.get(command.resource);
  document.tokens.set(command.resource, {
    token: Math.max(token, seen?.token ?? 0),
    at: Math.max(command.acceptedAt, seen?.at ?? 0),
  });
}

function intend(document: AgentDocument, change: ChangeOf<'launch.intended'>): void {
  const key = replicaKey(change.resource, change.replica);
  const record = document.replicas.get(key) ?? {
    resource: change.resource,
    replica: change.replica,
  };
  if (record.launch?.instance === change.launch.instance) return;
  document.replicas.set(key, { ...record, intended: { ...change.launch } });
}

function giveUpIntention(document: AgentDocument, change: ChangeOf<'launch.failed'>): void {
  const key = replicaKey(change.resource, change.replica);
  const record = document.replicas.get(key);
  if (record?.intended?.instance !== change.instance) return;
  delete record.intended;
  if (record.launch === undefined) document.replicas.delete(key);
}

function takeOverIntention(document: AgentDocument, change: ChangeOf<'launch.spawned'>): void {
  const record = document.replicas.get(replicaKey(change.resource, change.replica));
  if (record?.intended?.instance !== change.instance) return;
  record.launch = { ...record.intended, process: change.process };
  delete record.intended;
}

function endLaunch(document: AgentDocument, change: ChangeOf<'launch.ended'>): void {
  const launch = launchOf(document, change);
  if (launch === undefined) return;
  // a replica that had exited by itself and is then stopped by a command is kept down
  if (launch.end === undefined || change.end.by === 'command') launch.end = change.end;
}

function launchOf(
  document: AgentDocument,
  change: { resource: ReplicaRecord['resource']; replica: number; instance: string },
): Launch | undefined {
  const launch = document.replicas.get(replicaKey(change.resource, change.replica))?.launch;
  return launch?.instance === change.instance ? launch : undefined;
}

function replaceDocument(document: AgentDocument, change: ChangeOf<'document'>): void {
  document.epoch = change.epoch;
  document.stopped = change.stopped;
  document.replicas.clear();
  document.containers.clear();
  document.commands.clear();
  document.tokens.clear();
  for (const record of change.replicas) {
    document.replicas.set(replicaKey(record.resource, record.replica), { ...record });
  }
  for (const record of change.containers ?? []) {
    document.containers.set(replicaKey(record.resource, record.replica), record);
  }
  for (const command of change.commands) document.commands.set(command.commandId, { ...command });
  for (const { resource, seen } of change.tokens) document.tokens.set(resource, seen);
}
