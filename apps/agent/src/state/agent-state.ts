import type { CommandResult } from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { Journal } from '../disk/journal.js';
import type { Log } from '../log/log.js';
import {
  emptyDocument,
  replicaKey,
  type AgentDocument,
  type CommandRecord,
  type ReplicaRecord,
} from './agent-document.js';
import type { ContainerRecord } from './container-record.js';
import { MAX_COMMANDS, pruneDocument } from './prune-document.js';
import { applyChange, documentAsChange, StateChange } from './state-change.js';

/** The journal is made compact when it has grown by this much. */
const COMPACT_AFTER_BYTES = 1024 * 1024;

/**
 * What the agent remembers over its own crash: supervised replicas, the ledger of commands, fencing
 * tokens, stop-the-world. A change counts in memory at once; whoever is about to do something that
 * must not be forgotten waits for `record` first.
 */
export class AgentState {
  private compacting = false;
  private compactAt: number;

  private constructor(
    private readonly document: AgentDocument,
    private readonly journal: Journal,
    private readonly now: () => number,
  ) {
    this.compactAt = journal.bytes + COMPACT_AFTER_BYTES;
  }

  /** Reads the journal and begins a new epoch: an epoch is later than every earlier one. */
  static async open(path: string, log: Log, now: () => number = Date.now): Promise<AgentState> {
    const { journal, content } = await Journal.open(path);
    const document = emptyDocument();
    for (const entry of content.entries) {
      const change = StateChange.safeParse(entry);
      if (change.success) applyChange(document, change.data);
      else log.error('an entry of the journal is not understood and left out', change.error);
    }
    if (content.damagedCopy !== undefined) {
      log.error('the journal was damaged; what could be read is used', undefined, {
        copy: content.damagedCopy,
        entries: content.entries.length,
      });
    }
    const state = new AgentState(document, journal, now);
    applyChange(document, { type: 'epoch.began', epoch: Math.max(now(), document.epoch + 1) });
    await state.compact();
    return state;
  }

  get epoch(): number {
    return this.document.epoch;
  }

  get stopped(): boolean {
    return this.document.stopped;
  }

  replicas(): Iterable<Readonly<ReplicaRecord>> {
    return this.document.replicas.values();
  }

  replica(resource: ResourceId, replica: number): Readonly<ReplicaRecord> | undefined {
    return this.document.replicas.get(replicaKey(resource, replica));
  }

  containers(): Iterable<Readonly<ContainerRecord>> {
    return this.document.containers.values();
  }

  container(resource: ResourceId, replica: number): Readonly<ContainerRecord> | undefined {
    return this.document.containers.get(replicaKey(resource, replica));
  }

  command(commandId: string): Readonly<CommandRecord> | undefined {
    return this.document.commands.get(commandId);
  }

  hasNonce(nonce: string): boolean {
    for (const command of this.document.commands.values()) {
      if (command.nonce === nonce) return true;
    }
    return false;
  }

  /** True while the ledger has no room that could be made without forgetting what could be replayed. */
  isLedgerFull(): boolean {
    if (this.document.commands.size < MAX_COMMANDS) return false;
    pruneDocument(this.document, this.now());
    return this.document.commands.size > MAX_COMMANDS;
  }

  highestToken(resource: ResourceId): number {
    return this.document.tokens.get(resource)?.token ?? 0;
  }

  /**
   * When the last command about a replica ended that is still remembered, Unix ms; 0 when there is none,
   * infinity while one has no end.
   */
  lastCommandEnd(resource: ResourceId, replica: number): number {
    let last = 0;
    for (const command of this.document.commands.values()) {
      if (command.resource !== resource || command.replica !== replica) continue;
      last = Math.max(last, command.result?.finishedAt ?? Number.POSITIVE_INFINITY);
    }
    return last;
  }

  /** Commands that were accepted and have no result: those that the last crash cut off, after a start. */
  unfinishedCommands(): Readonly<CommandRecord>[] {
    return [...this.document.commands.values()].filter((command) => command.result === undefined);
  }

  unacknowledgedResults(): CommandResult[] {
    return [...this.document.commands.values()].flatMap(({ result, acknowledged }) =>
      result === undefined || acknowledged ? [] : [result],
    );
  }

  /**
   * Takes a change over and writes it down. Resolves when it survives a crash.
   * @throws when it could not be written; in memory it counts nevertheless, because it may have happened
   */
  async record(change: StateChange): Promise<void> {
    applyChange(this.document, change);
    if (this.journal.broken) await this.compact();
    else await this.journal.append(change);
    if (this.journal.bytes > this.compactAt && !this.compacting) await this.compact();
  }

  /** Drops what has expired and writes the journal anew. */
  async compact(): Promise<void> {
    pruneDocument(this.document, this.now());
    this.compacting = true;
    try {
      await this.journal.rewrite(() => [documentAsChange(this.document)]);
      this.compactAt = this.journal.bytes + COMPACT_AFTER_BYTES;
    } finally {
      this.compacting = false;
    }
  }

  async close(): Promise<void> {
    await this.journal.close();
  }
}
