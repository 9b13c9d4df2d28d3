import { parseArgs } from 'node:util';

export interface LaunchOptions {
  /** Rebuild and restart what a change of the sources touches. */
  readonly dev: boolean;
  /** Get everything ready that a start needs, and stop there. */
  readonly setupOnly: boolean;
}

export const USAGE = 'usage: npm start | npm run dev | npm run setup';

/** Undefined when the arguments are not ours. */
export function parseCommandLine(args: readonly string[]): LaunchOptions | undefined {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        dev: { type: 'boolean', default: false },
        'setup-only': { type: 'boolean', default: false },
      },
    });
    return { dev: values.dev, setupOnly: values['setup-only'] };
  } catch {
    return undefined;
  }
}
