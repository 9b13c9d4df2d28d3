import {
  ActionReason,
  ActionRequest,
  ActionState,
  CommandResult,
  HostName,
} from '@vigil/contracts';
import { z } from 'zod';
import type { ActionView, IssuedOperation } from '../action/action-view.js';

const Common = { sequence: z.number().int(), at: z.number() };

/** An entry as `action_transitions` keeps it, without manifests: what the gates remember of it. */
export const StoredEntry = z.discriminatedUnion('kind', [
  z.object({
    ...Common,
    kind: z.literal('requested'),
    request: ActionRequest,
    queuedAt: z.number().optional(),
  }),
  z.object({
    ...Common,
    kind: z.literal('transition'),
    to: ActionState,
    reason: ActionReason.optional(),
    plan: z.object({ hash: z.string(), maxUnavailable: z.number() }).optional(),
  }),
  z.object({
    ...Common,
    kind: z.literal('operation-issued'),
    index: z.number(),
    commandId: z.string(),
    host: HostName,
    rollback: z.boolean(),
    operation: z.object({ replica: z.number() }),
  }),
  z.object({
    ...Common,
    kind: z.literal('operation-finished'),
    commandId: z.string(),
    result: CommandResult,
  }),
]);
export type StoredEntry = z.infer<typeof StoredEntry>;

/**
 * What the stored entries of one action add up to, as far as the past is concerned: there are no
 * manifests in it, and nothing can be driven by it. Undefined when the beginning is missing.
 * @param entries in their order
 */
export function viewOfStored(entries: readonly StoredEntry[]): ActionView | undefined {
  const [first, ...others] = entries;
  if (first?.kind !== 'requested') return undefined;
  const { request, queuedAt, at } = first;
  const begin: ActionView = {
    request,
    queuedAt: queuedAt ?? request.requestedAt,
    state: 'requested',
    sequence: 0,
    loggedAt: at,
    updatedAt: at,
    operations: [],
  };
  return others.reduce(after, begin);
}

function after(view: ActionView, entry: StoredEntry): ActionView {
  const next = { ...view, sequence: entry.sequence, updatedAt: entry.at };
  switch (entry.kind) {
    case 'requested':
      return view;
    case 'transition':
      return {
        ...next,
        state: entry.to,
        ...(entry.to === 'running' ? { begunAt: view.begunAt ?? entry.at } : {}),
        ...(entry.plan === undefined ? {} : { plan: { operations: [], ...entry.plan } }),
        ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      };
    case 'operation-issued':
      return { ...next, operations: [...view.operations, issued(entry, view)] };
    case 'operation-finished': {
      const finished = { at: entry.at, result: entry.result };
      return {
        ...next,
        operations: view.operations.map((one) =>
          one.commandId === entry.commandId ? { ...one, finished } : one,
        ),
      };
    }
  }
}

/** Where it was is all that is known of it without its manifest: as what needs none. */
function issued(
  entry: Extract<StoredEntry, { kind: 'operation-issued' }>,
  { request }: ActionView,
): IssuedOperation {
  const { index, commandId, host, rollback, operation } = entry;
  const { resource } = request;
  const precondition = { kind: 'any' } as const;
  const without = { kind: 'stop', gracePeriodMs: 0, forget: false } as const;
  return {
    index,
    commandId,
    host,
    rollback,
    operation: { ...without, resource, replica: operation.replica, precondition },
  };
}
