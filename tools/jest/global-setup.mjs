import { openRunDirectory, RUN_DIRECTORY_VARIABLE } from './run-directory.mjs';

/** Gives the run a directory for its servers, unless the runner around it has made one. */
export default async function setUp() {
  if (process.env[RUN_DIRECTORY_VARIABLE] !== undefined) return;
  const directory = await openRunDirectory();
  process.env[RUN_DIRECTORY_VARIABLE] = directory;
  globalThis.vigilOwnRunDirectory = directory;
}
