/** More edits than this are another word. */
const MAX_EDITS = 3;

/**
 * The candidate that `text` was probably meant to be: the nearest by edits (insert, delete, replace,
 * swap of neighbours: Damerau-Levenshtein, optimal string alignment), ignoring case, when at most a
 * third of it and {@link MAX_EDITS} characters differ. Undefined when nothing is near.
 */
export function suggest(text: string, candidates: readonly string[]): string | undefined {
  const wanted = text.slice(0, 64).toLowerCase();
  let best: { candidate: string; distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(wanted.length - candidate.length) > MAX_EDITS) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    const third = Math.floor(Math.max(wanted.length, candidate.length) / 3);
    const bound = Math.min(Math.max(1, third), MAX_EDITS);
    if (distance > bound) continue;
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best?.candidate;
}

/** `, did you mean "x"?`, or nothing. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const suggestion = suggest(text, candidates);
  return suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replace = (last[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const edits = [replace, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) edits.push((beforeLast[j - 2] ?? 0) + 1);
      row.push(Math.min(...edits));
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
