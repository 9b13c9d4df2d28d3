const NOT_ASCII = /[^\0-\x7f]/g;
const IN_RAW_TEXT = /\braw`[^`]*[^\0-\x7f]/;

/**
 * Node holds a source that is ASCII throughout as one byte per character, any other as two: 5 MB more
 * for a service. esbuild escapes what is in strings; what it leaves stands in regular expressions, where
 * an escape means the same.
 */
export function oneBytePerCharacter(source) {
  if (IN_RAW_TEXT.test(source)) throw new Error('raw text would change when it is escaped');
  return source.replace(
    NOT_ASCII,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
