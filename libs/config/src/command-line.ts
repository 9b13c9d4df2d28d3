import { parseArgs } from 'node:util';
import { ConfigError } from './config-error.js';

export interface ServiceArguments {
  readonly configFile: string | undefined;
  readonly printConfig: boolean;
}

/**
 * The options that every service takes: `--config FILE` and `--print-config`.
 * @throws ConfigError for anything else
 */
export function parseServiceArguments(service: string, args: readonly string[]): ServiceArguments {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { config: { type: 'string' }, 'print-config': { type: 'boolean', default: false } },
    });
    return { configFile: values.config, printConfig: values['print-config'] };
  } catch {
    const problem = {
      name: 'arguments',
      found: args.join(' '),
      expected: '[--config FILE] [--print-config]',
    };
    throw new ConfigError(service, [problem]);
  }
}
