import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import type { Installation } from './installation.js';

/** What tools/build tells after it has built a bundle. */
const Built = z.object({
  type: z.literal('built'),
  name: z.string(),
  changed: z.boolean(),
  errors: z.array(z.string()),
});

/**
 * Builds again whenever a source changes, and restarts the services whose bundle became another one.
 * A source with an error leaves the running service alone.
 */
export function rebuildOnChange(workspace: string, installation: Installation): void {
  const builder = fork(join(workspace, 'tools/build/build.mjs'), ['--watch'], {
    cwd: workspace,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: [],
  });
  builder.on('message', (message) => {
    const { name, changed, errors } = Built.parse(message);
    for (const error of errors) installation.say(`${name} does not build: ${error}`);
    if (errors.length > 0 || !changed) return;
    if (name === 'launcher') {
      installation.say('the launcher changed: it takes effect at the next start');
      return;
    }
    installation.say(`${name} has a new build`);
    installation.restart(name).catch((error: unknown) => {
      installation.say(`${name} could not be restarted: ${String(error)}`);
    });
  });
  builder.on('exit', () => {
    installation.say('the builder has ended: changes are no longer noticed');
  });
}
