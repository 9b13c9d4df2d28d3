/** Counted from 1, as editors do; columns in UTF-16 units. */
export interface Position {
  line: number;
  column: number;
}

/** The text of one file, and the line and column of each offset in it. */
export class SourceText {
  readonly text: string;
  private readonly lineStarts: readonly number[];

  constructor(
    readonly file: string,
    text: string,
  ) {
    // a byte order mark is no part of the first line
    this.text = text.startsWith('\uFEFF') ? text.slice(1) : text;
    this.lineStarts = lineStartsOf(this.text);
  }

  position(offset: number): Position {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.lineStarts[low] ?? 0) + 1 };
  }
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return starts;
}
