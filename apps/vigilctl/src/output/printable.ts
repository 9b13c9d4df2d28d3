/** Control characters but the line end and the tab, and of the escape sequences all but our own colours. */
const CONTROL = /\x1b(?!\[(?:1|22|3[1-3]|39)m)|[\0-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]/g;

/**
 * Text that a terminal shows and does not obey: names and labels are chosen by whoever runs a container.
 * What is replaced reads as in JSON, so that JSON stays what it is.
 */
export function printable(text: string): string {
  return text.replaceAll(
    CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
