const MAX_LENGTH = 500;

/** What git, ssh and curl say, and what it means to whoever runs a source. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [
    /REMOTE HOST IDENTIFICATION HAS CHANGED|Host key verification failed/,
    'the server’s host key is not the one in known_hosts',
  ],
  [/Load key .*: (?:invalid format|error in libcrypto)/, 'the deploy key is not a private key'],
  [/Permission denied \(/, 'the server does not accept the deploy key'],
  [
    /Authentication failed|could not read (?:Username|Password)|returned error: 40[13]/,
    'the server refuses access: credentials are missing or wrong',
  ],
];

/** One line for people of everything that git has printed before it gave up. */
export function explainFailure(output: string): string {
  for (const [pattern, meaning] of MEANINGS) {
    if (pattern.test(output)) return meaning;
  }
  const lines = output
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  // progress and notices of the server come before what git itself says
  const line = lines.find((each) => /^(?:fatal|error): /.test(each)) ?? lines[0] ?? 'git failed';
  return line.replace(/^(?:fatal|error): /, '').slice(0, MAX_LENGTH);
}
