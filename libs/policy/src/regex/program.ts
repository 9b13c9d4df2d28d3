/** What one step of a regular expression does; targets are indexes into the program. */
export type Instruction =
  | { readonly op: 'character'; readonly accepts: (codePoint: number) => boolean }
  | { readonly op: 'split'; readonly first: number; readonly second: number }
  | { readonly op: 'jump'; readonly to: number }
  | { readonly op: 'start' | 'end' | 'accept' };

export type Program = readonly Instruction[];

/**
 * True when the program accepts the whole text. Runs all alternatives side by side (Thompson 1968,
 * as in RE2), so that time is bounded by program size × text length whatever the expression is.
 */
export function accepts(program: Program, text: string): boolean {
  const codePoints = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  let current = new Set<number>();
  follow(program, 0, 0, codePoints.length, current);
  for (let at = 0; at < codePoints.length && current.size > 0; at += 1) {
    const codePoint = codePoints[at] ?? 0;
    const following = new Set<number>();
    for (const index of current) {
      const instruction = program[index];
      if (instruction?.op === 'character' && instruction.accepts(codePoint)) {
        follow(program, index + 1, at + 1, codePoints.length, following);
      }
    }
    current = following;
  }
  for (const index of current) if (program[index]?.op === 'accept') return true;
  return false;
}

/** Adds every instruction that is reached from `from` without reading a character. */
function follow(
  program: Program,
  from: number,
  at: number,
  length: number,
  reached: Set<number>,
): void {
  const open = [from];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const instruction = program[index];
    if (instruction === undefined || reached.has(index)) continue;
    reached.add(index);
    if (instruction.op === 'jump') open.push(instruction.to);
    else if (instruction.op === 'split') open.push(instruction.second, instruction.first);
    else if (instruction.op === 'start' && at === 0) open.push(index + 1);
    else if (instruction.op === 'end' && at === length) open.push(index + 1);
  }
}
