import { explainFailure } from './explain-failure.js';

describe('what is said of a git that failed', () => {
  it.each([
    ['fatal: bad object HEAD\n', 'bad object HEAD'],
    ['remote: Counting objects\nfatal: early EOF\nfatal: index-pack failed', 'early EOF'],
    [
      "fatal: could not read Username for 'https://git.example.org': terminal prompts disabled",
      'the server refuses access: credentials are missing or wrong',
    ],
    [
      '@@@@@@@@@@\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\nfatal: Could not read',
      'the server’s host key is not the one in known_hosts',
    ],
    [
      'git@example.org: Permission denied (publickey).\nfatal: Could not read from remote repository.',
      'the server does not accept the deploy key',
    ],
    [
      "fatal: unable to access 'https://x/': SSL certificate problem: self-signed certificate",
      "unable to access 'https://x/': SSL certificate problem: self-signed certificate",
    ],
    ['', 'git failed'],
  ])('%j: %s', (output, expected) => {
    expect(explainFailure(output)).toBe(expected);
  });
});
