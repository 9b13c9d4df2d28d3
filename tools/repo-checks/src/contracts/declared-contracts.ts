import * as contracts from '@vigil/contracts';
import { z } from 'zod';
import { readIfThere, repositoryFiles } from '../workspace.js';
import { usageOf, type ContractUsage } from './contract-usage.js';

const Declared = z.object({
  kind: z.enum(['event', 'signal', 'request']),
  subject: z.string(),
  stream: z.string().optional(),
});

/** A message as libs/contracts declares it, and what the rest of the repository does with it. */
export interface DeclaredContract extends z.infer<typeof Declared>, ContractUsage {
  readonly name: string;
  /** First sentence of its comment. */
  readonly meaning: string;
  readonly example: string | undefined;
}

export function declaredContracts(): DeclaredContract[] {
  const declarations = repositoryFiles((path) => path.startsWith('libs/contracts/src/'));
  // fakes and test worlds publish and hear what others are for
  const sources = repositoryFiles(
    (path) => /^(apps|libs)\/.*\.ts$/.test(path) && !/\.spec\.ts$|\/testing\//.test(path),
  );
  return Object.entries(contracts)
    .flatMap(([name, value]) => {
      const declared = Declared.safeParse(value);
      if (!declared.success) return [];
      const meaning = commentOn(
        name,
        declarations.map(({ text }) => text),
      );
      const example = readIfThere(`libs/contracts/src/testdata/examples/${name}.json`);
      return [{ name, meaning, example, ...declared.data, ...usageOf(name, sources) }];
    })
    .sort((left, right) => (left.subject < right.subject ? -1 : 1));
}

function commentOn(name: string, texts: readonly string[]): string {
  const pattern = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*export const ${name} = define`);
  const comment = texts.map((text) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
  const prose = (comment ?? '')
    .replace(/^\s*\* ?/gm, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const sentence = /^.*?\.(?= |$)/.exec(prose)?.[0] ?? prose;
  return sentence.replace(/\{@link (\w+)\}/g, '`$1`');
}
