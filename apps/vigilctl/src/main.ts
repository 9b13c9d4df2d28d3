import { run } from './run.js';

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  directory: process.cwd(),
  now: () => Date.now(),
  out: (text) => {
    process.stdout.write(`${text}\n`);
  },
  err: (text) => {
    process.stderr.write(`${text}\n`);
  },
});
