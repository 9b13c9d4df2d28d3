const SECRET =
  '(?:require)?pass(?:word|wd|phrase)?|secret|token|credentials?|private[-_.]?key|api[-_.]?key';
const NAME = new RegExp(`(?:^|[-_./])(?:${SECRET})$`, 'i');
/** `--token=x`; not what only refers to a variable, as `PASSWORD=$X` does. */
const ASSIGNED = new RegExp(`(?:${SECRET})\\s*[=:]\\s*[^\\s$"']`, 'i');
/** `scheme://user:password@host` */
const IN_URL = /:\/\/[^/\s:@]*:[^/\s@$]+@/;

/** Names of pairs that look like secrets. A guess, for a warning: people call them all sorts of things. */
export function secretNames(pairs: Readonly<Record<string, string>>): string[] {
  return Object.entries(pairs)
    .filter(([name, value]) => value !== '' && (NAME.test(name) || IN_URL.test(value)))
    .map(([name]) => name);
}

/**
 * True for a command line that seems to hold a secret, also one that follows its option as a word, be it
 * in the line of a shell.
 */
export function hasSecretWord(words: readonly string[]): boolean {
  return words.some((word, index) => {
    const next = words[index + 1] ?? '';
    const isOption = /^-[^=]*$/.test(word) && NAME.test(word);
    const isFollowed = next !== '' && !/^["']?\$/.test(next);
    const inside = word.split(/\s+/);
    return (
      (isOption && isFollowed) ||
      ASSIGNED.test(word) ||
      IN_URL.test(word) ||
      (inside.length > 1 && hasSecretWord(inside))
    );
  });
}

export const IN_CLEAR =
  'seems to hold a secret, which stands in the manifest in clear: see to it before it goes to Git';
