import type { Matcher, Selector } from './ast.js';
import { compileRegex } from './regex/compile.js';

/** Label names and values. Evaluation adds the label `source` to every series. */
export type Labels = Readonly<Record<string, string>>;

/** The same text for the same labels, whatever their order. */
export function labelsKey(labels: Labels): string {
  const names = Object.keys(labels).sort();
  return names.map((name) => `${name}=${JSON.stringify(labels[name] ?? '')}`).join(',');
}

/** Labels in the order of their names, and frozen. */
export function sortedLabels(labels: Labels): Labels {
  const names = Object.keys(labels).sort();
  return Object.freeze(Object.fromEntries(names.map((name) => [name, labels[name] ?? ''])));
}

/** The labels of these names that a series has. */
export function pickLabels(labels: Labels, names: readonly string[]): Labels {
  const picked: Record<string, string> = {};
  for (const name of names) {
    const value = labels[name];
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}

/** A test for the labels that meet every matcher of a selector; a missing label is the empty text. */
export function labelTest(selector: Selector): (labels: Labels) => boolean {
  const tests = selector.matchers.map(matcherTest);
  return (labels) => tests.every((test) => test(labels));
}

function matcherTest({ label, op, value }: Matcher): (labels: Labels) => boolean {
  if (op === '=') return (labels) => (labels[label] ?? '') === value;
  if (op === '!=') return (labels) => (labels[label] ?? '') !== value;
  const regex = compileRegex(value);
  // The parser refused what does not compile; a selector made otherwise matches nothing.
  if (!regex.ok) return () => false;
  const wanted = op === '=~';
  return (labels) => regex.matches(labels[label] ?? '') === wanted;
}
