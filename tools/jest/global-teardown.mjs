import { closeRunDirectory, RUN_DIRECTORY_VARIABLE } from './run-directory.mjs';

/** Stops what this run started and removes its directory. */
export default async function tearDown() {
  const directory = globalThis.vigilOwnRunDirectory;
  if (directory === undefined) return;
  await closeRunDirectory(directory);
  delete process.env[RUN_DIRECTORY_VARIABLE];
}
