import { parseCommandLine } from './command-line.js';

describe('the command line', () => {
  it.each([
    [[], { dev: false, setupOnly: false }],
    [['--dev'], { dev: true, setupOnly: false }],
    [['--setup-only'], { dev: false, setupOnly: true }],
  ])('reads %j', (args, options) => {
    expect(parseCommandLine(args)).toEqual(options);
  });

  it.each([[['--devel']], [['dev']], [['--dev=yes']]])('refuses %j', (args) => {
    expect(parseCommandLine(args)).toBeUndefined();
  });
});
