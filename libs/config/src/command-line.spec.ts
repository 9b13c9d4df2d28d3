import { parseServiceArguments } from './command-line.js';
import { ConfigError } from './config-error.js';

describe('the arguments of a service', () => {
  it.each([
    [[], { configFile: undefined, printConfig: false }],
    [['--config', 'a.yaml'], { configFile: 'a.yaml', printConfig: false }],
    [['--config=a.yaml', '--print-config'], { configFile: 'a.yaml', printConfig: true }],
  ])('%j', (args, expected) => {
    expect(parseServiceArguments('example', args)).toEqual(expected);
  });

  it.each([[['--confg', 'x']], [['stray']], [['--config']]])('refuses %j', (args) => {
    expect(() => parseServiceArguments('example', args)).toThrow(ConfigError);
  });
});
