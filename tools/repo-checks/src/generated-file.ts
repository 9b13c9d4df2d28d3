import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readIfThere, WORKSPACE } from './workspace.js';

/** Set by `npm run docs:generate`: writes the files instead of comparing them. */
const WRITE = process.env['VIGILTEST_GENERATE'] === '1';

/** Fails when the committed file is not what the sources say now. */
export function expectGenerated(path: string, content: string): void {
  if (WRITE) writeFileSync(join(WORKSPACE, path), content);
  const upToDate = readIfThere(path) === content;
  expect({ path, upToDate, otherwise: 'npm run docs:generate' }).toMatchObject({ upToDate: true });
}

/** A row of a Markdown table; what would end a cell is escaped. */
export function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/\|/g, '\\|').replace(/\s+/g, ' ')).join(' | ')} |`;
}
