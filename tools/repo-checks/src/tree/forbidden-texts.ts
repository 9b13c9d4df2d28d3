import type { SourceFile } from '../workspace.js';

/** Texts that must not stand in the repository, and why. Written so that this file is not one of them. */
const FORBIDDEN: readonly { readonly pattern: RegExp; readonly why: string }[] = [
  {
    pattern: /\b(?:TO[D]O|FIX[M]E|XX[X]|HAC[K])\b/,
    why: 'what is left for later belongs in an issue',
  },
  {
    pattern: /\b(?:it|test|describe)\.(?:only|skip|todo)\b|\bx(?:it|describe)\(/,
    why: 'a switched-off test',
  },
  {
    pattern: /\beslint-disabl[e]|@ts-(?:ignor[e]|nochec[k]|expect-erro[r])/,
    why: 'a silenced rule',
  },
  { pattern: /\bnot implemente[d]\b/i, why: 'a stub' },
  { pattern: /^(?:<{7}|>{7}) /m, why: 'a conflict marker' },
  { pattern: /(?<![\w.$}-])\/(?:home|Users|work)\/[a-z]/, why: 'a path of one machine' },
  { pattern: /-----BEGIN (?:[A-Z]+ )?PRIVATE KE[Y]-----/, why: 'a private key' },
];

export interface Finding {
  readonly place: string;
  readonly found: string;
  readonly why: string;
}

export function forbiddenTexts({ path, text }: SourceFile): Finding[] {
  return FORBIDDEN.flatMap(({ pattern, why }) => {
    const match = pattern.exec(text);
    if (match === null) return [];
    const line = text.slice(0, match.index).split('\n').length;
    return [{ place: `${path}:${line}`, found: match[0], why }];
  });
}
