/** Codes in the results of commands that mean something to the remediator. */

/** The command is known, and its result was acknowledged: it can be asked for. */
export const REPLAYED = 'replayed';

/** The end of the agent cut the command off: that says nothing about what was to be done. */
export const INTERRUPTED = 'interrupted';

/** A living replica cannot take the change over: it has to be launched again. */
export const NEEDS_RESTART = 'needs-restart';

/** The remediator's own: the agent was not connected, and the command was not sent. */
export const UNREACHABLE = 'unreachable';
