import { setFlagsFromString } from 'node:v8';

/*
 * Imported first, for its effect: settings of the runtime that cost nothing here and save a third of
 * the agent's own memory.
 */

// the nursery of V8 would grow to 32 MB for the sake of a throughput that an agent never needs
setFlagsFromString('--semi-space-growth-factor=1');

// code that runs for a millisecond every ten seconds is not worth an optimising compiler
setFlagsFromString('--no-opt');
setFlagsFromString('--no-maglev');

// each thread of the pool has an arena of malloc of its own; two do all the file work there is
process.env['UV_THREADPOOL_SIZE'] ??= '2';
