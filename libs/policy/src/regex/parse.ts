/** A regular expression as a tree. */
export type RegexNode =
  | { readonly kind: 'empty' | 'start' | 'end' }
  | { readonly kind: 'character'; readonly accepts: (codePoint: number) => boolean }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly RegexNode[] }
  | {
      readonly kind: 'repeat';
      readonly item: RegexNode;
      readonly min: number;
      readonly max: number;
    };

type Accepts = (codePoint: number) => boolean;

const MAX_REPEAT = 100;
const MAX_DEPTH = 20;

/** Why an expression is refused; caught at {@link parseRegex}, seen by nobody else. */
class RegexRefused extends Error {}

/**
 * Reads the common subset of RE2: literals, `.`, classes, `\d \w \s` and their opposites, groups,
 * `|`, `* + ?` and counted repetition up to 100, `^`, `$`, a leading `(?i)`. Gives the reason when the
 * text is something else (look-around and back-references, which need backtracking, among them).
 */
export function parseRegex(
  pattern: string,
):
  | { readonly ok: true; readonly node: RegexNode }
  | { readonly ok: false; readonly message: string } {
  try {
    return { ok: true, node: new RegexParser(pattern).parse() };
  } catch (error) {
    if (error instanceof RegexRefused) return { ok: false, message: error.message };
    throw error;
  }
}

class RegexParser {
  private readonly characters: readonly string[];
  private readonly ignoreCase: boolean;
  private at = 0;
  private depth = 0;

  constructor(pattern: string) {
    this.ignoreCase = pattern.startsWith('(?i)');
    this.characters = Array.from(this.ignoreCase ? pattern.slice(4) : pattern);
  }

  parse(): RegexNode {
    const node = this.choice();
    if (this.at < this.characters.length) throw new RegexRefused('a `)` without its `(`');
    return node;
  }

  private choice(): RegexNode {
    const items = [this.sequence()];
    while (this.take('|')) items.push(this.sequence());
    return items.length === 1 ? (items[0] ?? { kind: 'empty' }) : { kind: 'choice', items };
  }

  private sequence(): RegexNode {
    const items: RegexNode[] = [];
    while (this.at < this.characters.length && !this.sees('|') && !this.sees(')')) {
      items.push(this.repetition());
    }
    return { kind: 'sequence', items };
  }

  private repetition(): RegexNode {
    const item = this.atom();
    const bounds = this.bounds();
    if (bounds === undefined) return item;
    // Lazy or greedy makes no difference to whether the whole text matches.
    this.take('?');
    if (this.sees('*') || this.sees('+') || this.sees('?')) {
      throw new RegexRefused(`nothing to repeat before \`${this.characters[this.at] ?? ''}\``);
    }
    return { kind: 'repeat', item, ...bounds };
  }

  private bounds(): { min: number; max: number } | undefined {
    if (this.take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.take('?')) return { min: 0, max: 1 };
    const rest = this.characters.slice(this.at, this.at + 12).join('');
    const counted = /^\{(\d{1,4})(?:(,)(\d{0,4}))?\}/.exec(rest);
    if (counted === null) return undefined;
    this.at += counted[0].length;
    const min = Number(counted[1]);
    const open = counted[2] !== undefined && counted[3] === '';
    const max = open ? Number.POSITIVE_INFINITY : Number(counted[3] ?? counted[1]);
    if (min > max || min > MAX_REPEAT || (!open && max > MAX_REPEAT)) {
      throw new RegexRefused(`\`${counted[0]}\` is not within 0 to ${MAX_REPEAT}`);
    }
    return { min, max };
  }

  private atom(): RegexNode {
    const character = this.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return { kind: 'character', accepts: this.characterClass() };
      case '.':
        return { kind: 'character', accepts: () => true };
      case '^':
        return { kind: 'start' };
      case '$':
        return { kind: 'end' };
      case '\\':
        return { kind: 'character', accepts: this.escape() };
      case '*':
      case '+':
      case '?':
        throw new RegexRefused(`nothing to repeat before \`${character}\``);
      default:
        return { kind: 'character', accepts: this.oneOf(codePointOf(character)) };
    }
  }

  private group(): RegexNode {
    if (this.take('?') && !this.take(':')) {
      throw new RegexRefused(
        'look-around and named groups are not available, only `(…)` and `(?:…)`',
      );
    }
    if (this.depth >= MAX_DEPTH) throw new RegexRefused(`nested deeper than ${MAX_DEPTH} groups`);
    this.depth += 1;
    const node = this.choice();
    this.depth -= 1;
    if (!this.take(')')) throw new RegexRefused('a `(` without its `)`');
    return node;
  }

  private escape(): Accepts {
    const character = this.next();
    const named = NAMED_CLASSES[character];
    if (named !== undefined) return named;
    if (/[A-Za-z0-9]/.test(character)) {
      throw new RegexRefused(`\`\\${character}\` is not available, only \\d \\D \\w \\W \\s \\S`);
    }
    return this.oneOf(codePointOf(character));
  }

  private characterClass(): Accepts {
    const negated = this.take('^');
    const members: Accepts[] = [];
    // As in RE2, a bracket that comes first is a member: a class is never empty.
    while (members.length === 0 || !this.take(']')) {
      const first = this.next();
      if (first === '\\') {
        members.push(this.escape());
        continue;
      }
      if (this.sees('-') && this.characters[this.at + 1] !== ']') {
        this.at += 1;
        const last = this.next();
        if (last === '\\' || codePointOf(last) < codePointOf(first)) {
          throw new RegexRefused(`\`${first}-${last}\` is no range of characters`);
        }
        members.push(this.between(codePointOf(first), codePointOf(last)));
      } else {
        members.push(this.oneOf(codePointOf(first)));
      }
    }
    return (codePoint) => members.some((member) => member(codePoint)) !== negated;
  }

  private oneOf(codePoint: number): Accepts {
    return this.between(codePoint, codePoint);
  }

  private between(low: number, high: number): Accepts {
    const inside = (codePoint: number) => codePoint >= low && codePoint <= high;
    if (!this.ignoreCase) return inside;
    return (codePoint) => {
      const character = String.fromCodePoint(codePoint);
      return (
        inside(codePoint) ||
        inside(codePointOf(character.toLowerCase())) ||
        inside(codePointOf(character.toUpperCase()))
      );
    };
  }

  private sees(character: string): boolean {
    return this.characters[this.at] === character;
  }

  private take(character: string): boolean {
    if (!this.sees(character)) return false;
    this.at += 1;
    return true;
  }

  private next(): string {
    const character = this.characters[this.at];
    if (character === undefined) throw new RegexRefused('it ends too early');
    this.at += 1;
    return character;
  }
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

const isDigit: Accepts = (c) => c >= 48 && c <= 57;
const isWord: Accepts = (c) =>
  isDigit(c) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
const isSpace: Accepts = (c) => c === 32 || (c >= 9 && c <= 13);

const NAMED_CLASSES: Readonly<Record<string, Accepts>> = {
  d: isDigit,
  D: (c) => !isDigit(c),
  w: isWord,
  W: (c) => !isWord(c),
  s: isSpace,
  S: (c) => !isSpace(c),
  n: (c) => c === 10,
  t: (c) => c === 9,
  r: (c) => c === 13,
};
