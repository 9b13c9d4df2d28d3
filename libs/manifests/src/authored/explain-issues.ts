import { z } from 'zod';
import { nodeAt, offsetOf, type Node } from '../text/node.js';
import type { TextProblem } from '../text/document.js';
import { didYouMean } from '../suggestion.js';

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

/** What a schema expects, for those that do not say it themselves. */
export function expectation(issue: z.core.$ZodRawIssue): string {
  if (issue.code === 'invalid_value') return alternatives(issue.values.map(String));
  if (issue.code !== 'invalid_type') return 'another value';
  switch (issue.expected) {
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'object':
    case 'record':
      return 'a mapping (name: value)';
    case 'array':
      return 'a list';
    default:
      return `a ${issue.expected}`;
  }
}

/** Turns the issues of one failed parse into problems with their places in the text. */
export function explainIssues(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  root: Node,
  base: Path = [],
): TextProblem[] {
  return issues.flatMap((issue) =>
    explainIssue(issue, schema, root, [...base, ...issue.path], base),
  );
}

function explainIssue(
  issue: Issue,
  schema: z.core.$ZodType,
  root: Node,
  path: Path,
  base: Path,
): TextProblem[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const known = fieldsOf(schema, path.slice(base.length));
      return issue.keys.map((key) => unknownField(root, [...path, key], key, known));
    }
    case 'invalid_key': {
      const name = JSON.stringify(String(path.at(-1)));
      const expected = issue.issues[0]?.message ?? issue.message;
      const message = `found the name ${name}, expected ${expected}`;
      return [{ offset: offsetOf(root, path), path, message }];
    }
    case 'invalid_union': {
      const fitting = fittingBranch(issue);
      if (fitting === undefined) return [mismatch(issue, root, path)];
      return fitting.flatMap((inner) =>
        explainIssue(inner, schema, root, [...path, ...inner.path], base),
      );
    }
    default:
      return [mismatch(issue, root, path)];
  }
}

function unknownField(root: Node, path: Path, key: string, known: readonly string[]): TextProblem {
  const suggestion = didYouMean(key, known);
  const expected = suggestion === '' ? `, expected ${alternatives(known)}` : suggestion;
  const message = `found the unknown field "${key}"${expected}`;
  return { offset: offsetOf(root, path), path, message };
}

function mismatch(issue: Issue, root: Node, path: Path): TextProblem {
  const node = nodeAt(root, path);
  const hints = node?.kind === 'scalar' ? hint(issue, node.value, node.text) : '';
  const message = `found ${describe(node)}, expected ${issue.message}${hints}`;
  return { offset: node?.offset ?? offsetOf(root, path), path, message };
}

function hint(issue: Issue, value: unknown, text: string): string {
  if (issue.code === 'invalid_value' && issue.values.length > 1 && typeof value === 'string') {
    return didYouMean(value, issue.values.map(String));
  }
  const isNumberOrBoolean = typeof value === 'number' || typeof value === 'boolean';
  return isNumberOrBoolean && wantsText(issue) ? `: write "${text}" in quotes` : '';
}

function wantsText(issue: Issue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'string';
  // text in a form of its own (a duration, say) would not become right by quotes
  return issue.code === 'invalid_union' && !issue.errors.some(acceptsNumber)
    ? issue.errors.some((branch) =>
        branch.some((inner) => inner.path.length === 0 && wantsText(inner)),
      )
    : false;
}

function acceptsNumber(branch: readonly Issue[]): boolean {
  return branch.some((inner) => inner.code === 'invalid_value' || inner.code === 'custom');
}

/** The one alternative whose type is right, when there is exactly one: its problems are inside of it. */
function fittingBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const fitting = issue.errors.filter(
    (branch) =>
      branch.length > 0 &&
      branch.every((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

const MAX_QUOTED = 60;

export function describe(node: Node | undefined): string {
  if (node === undefined) return 'nothing';
  if (node.kind === 'map') return node.entries.size === 0 ? 'an empty mapping' : 'a mapping';
  if (node.kind === 'list') return node.items.length === 0 ? 'an empty list' : 'a list';
  if (node.value === null) return 'nothing (null)';
  if (typeof node.value !== 'string') return node.text;
  const text = node.value;
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text);
}

export function alternatives(names: readonly string[]): string {
  return names.length === 1 ? String(names[0]) : `one of ${names.join(', ')}`;
}

/** The fields of the mapping at a path of a schema. */
function fieldsOf(schema: z.core.$ZodType, path: Path): string[] {
  const bare = unwrap(schema);
  const [segment, ...rest] = path;
  if (bare instanceof z.ZodUnion) {
    return bare.options.flatMap((option: z.core.$ZodType) => fieldsOf(option, path));
  }
  if (bare instanceof z.ZodObject) {
    if (segment === undefined) return Object.keys(bare.shape);
    const shape: Readonly<Record<string, unknown>> = bare.shape;
    const field = shape[String(segment)];
    return field instanceof z.ZodType ? fieldsOf(field, rest) : [];
  }
  if (bare instanceof z.ZodArray) return fieldsOf(bare.element, rest);
  if (bare instanceof z.ZodRecord) return fieldsOf(bare.valueType, rest);
  return [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapper =
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault;
  if (isWrapper) return unwrap(schema.unwrap());
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}
