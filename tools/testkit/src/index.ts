export { eventually, type EventuallyOptions } from './eventually.js';
export { startGate, type Gate } from './gate.js';
export { startNats, type NatsOptions, type TestNats } from './nats.js';
export { chooseFreePort as freePort } from '@vigil/embedded';
export { startPostgres, type TestPostgres } from './postgres.js';
export { recordProcess, temporaryDirectory } from './run-directory.js';
export { createDatabase, type TestDatabase } from './shared-postgres.js';
