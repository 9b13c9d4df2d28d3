import type { Node } from './node.js';

/** One document of a file. Without a root the text could not be read; the problems say why. */
export interface TextDocument {
  root?: Node;
  /** Where it begins. */
  offset: number;
  problems: TextProblem[];
}

export interface TextProblem {
  offset: number;
  path: readonly PropertyKey[];
  message: string;
}
