import { parseRegex, type RegexNode } from './parse.js';
import { accepts, type Instruction } from './program.js';

/** Longest pattern, in UTF-16 units. */
const MAX_PATTERN = 256;
/** Most steps of a compiled pattern; counted repetition multiplies them. */
const MAX_INSTRUCTIONS = 2000;

export type CompiledRegex =
  | { readonly ok: true; readonly matches: (text: string) => boolean }
  | { readonly ok: false; readonly message: string };

/**
 * A test for texts that match the pattern as a whole (anchored at both ends, as in Prometheus). Its
 * time is linear in the text; a pattern that is too large or not understood gives the reason.
 */
export function compileRegex(pattern: string): CompiledRegex {
  if (pattern.length > MAX_PATTERN) {
    return { ok: false, message: `longer than ${MAX_PATTERN} characters` };
  }
  const parsed = parseRegex(pattern);
  if (!parsed.ok) return parsed;
  const program: Instruction[] = [];
  if (!emit(parsed.node, program)) {
    return { ok: false, message: `too large (more than ${MAX_INSTRUCTIONS} steps)` };
  }
  program.push({ op: 'accept' });
  return { ok: true, matches: (text) => accepts(program, text) };
}

/** Appends the instructions of a node; false when the program would be too large. */
function emit(node: RegexNode, program: Instruction[]): boolean {
  if (program.length > MAX_INSTRUCTIONS) return false;
  switch (node.kind) {
    case 'empty':
      return true;
    case 'start':
    case 'end':
      program.push({ op: node.kind });
      return true;
    case 'character':
      program.push({ op: 'character', accepts: node.accepts });
      return true;
    case 'sequence':
      return node.items.every((item) => emit(item, program));
    case 'choice':
      return emitChoice(node.items, program);
    case 'repeat':
      return emitRepeat(node.item, node.min, node.max, program);
  }
}

function emitChoice(items: readonly RegexNode[], program: Instruction[]): boolean {
  const exits: number[] = [];
  for (const [index, item] of items.entries()) {
    const isLast = index === items.length - 1;
    const split = program.length;
    if (!isLast) program.push({ op: 'jump', to: split });
    if (!emit(item, program)) return false;
    if (isLast) continue;
    exits.push(program.length);
    program.push({ op: 'jump', to: 0 });
    program[split] = { op: 'split', first: split + 1, second: program.length };
  }
  for (const exit of exits) program[exit] = { op: 'jump', to: program.length };
  return true;
}

function emitRepeat(item: RegexNode, min: number, max: number, program: Instruction[]): boolean {
  for (let count = 0; count < min; count += 1) if (!emit(item, program)) return false;
  if (max === Number.POSITIVE_INFINITY) {
    const split = program.length;
    program.push({ op: 'jump', to: split });
    if (!emit(item, program)) return false;
    program.push({ op: 'jump', to: split });
    program[split] = { op: 'split', first: split + 1, second: program.length };
    return true;
  }
  const splits: number[] = [];
  for (let count = min; count < max; count += 1) {
    splits.push(program.length);
    program.push({ op: 'jump', to: 0 });
    if (!emit(item, program)) return false;
  }
  for (const split of splits) {
    program[split] = { op: 'split', first: split + 1, second: program.length };
  }
  return true;
}
