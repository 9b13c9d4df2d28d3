import type { ActionLogEntry } from '@vigil/contracts';
import type { ActionView } from '../action/action-view.js';

/** Filled in by the log itself. */
type Common = 'actionId' | 'correlationId' | 'resource' | 'sequence' | 'at' | 'actor';

type Without<Entry, Keys extends PropertyKey> = Entry extends unknown ? Omit<Entry, Keys> : never;

/** What an entry says, apart from what all entries carry. */
export type EntryContent = Without<Exclude<ActionLogEntry, { kind: 'requested' }>, Common>;

/** An action, and the position in the stream of the last entry of its log. */
export interface LoggedAction {
  readonly view: ActionView;
  readonly streamSequence: number;
}
