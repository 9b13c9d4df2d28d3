import type { SourceFile } from '../workspace.js';

/** What the functions of libs/messaging mean that take a contract as their first argument. */
const PUBLISHING = new Set(['publish', 'signal', 'request']);
const HANDLING = new Set(['Handles', 'Hears', 'Answers', 'subscribeOrdered', 'hear', 'answer']);

/** Which projects send and receive a message. */
export interface ContractUsage {
  readonly publishers: readonly string[];
  readonly handlers: readonly string[];
}

/**
 * Reads the sources of apps and libs, tests excluded: `publish(Name, …)`, `@Handles(Name, …)`, and
 * `{ contract: Name }`, a row in a table of what is listened to.
 */
export function usageOf(contract: string, sources: readonly SourceFile[]): ContractUsage {
  const call = new RegExp(`(\\w+)\\s*(?:<[^<>()]*>)?\\(\\s*${contract}\\s*[,)]`, 'g');
  const listed = new RegExp(`\\bcontract: ${contract}\\b`);
  const publishers = new Set<string>();
  const handlers = new Set<string>();
  for (const { path, text } of sources) {
    for (const [, callee = ''] of text.matchAll(call)) {
      if (PUBLISHING.has(callee)) publishers.add(projectOf(path));
      if (HANDLING.has(callee)) handlers.add(projectOf(path));
    }
    if (listed.test(text)) handlers.add(projectOf(path));
  }
  return { publishers: [...publishers].sort(), handlers: [...handlers].sort() };
}

function projectOf(path: string): string {
  return path.split('/')[1] ?? path;
}
