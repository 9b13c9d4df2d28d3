import type { Span } from './span.js';

/** `label op "value"`. A label that a series does not have counts as the empty text. */
export interface Matcher {
  readonly label: string;
  readonly op: '=' | '!=' | '=~' | '!~';
  readonly value: string;
  readonly span: Span;
}

/** `metric{label="value"}`: all series of that name whose labels meet every matcher. */
export interface Selector {
  readonly kind: 'selector';
  readonly metric: string;
  readonly matchers: readonly Matcher[];
  readonly span: Span;
}

export const AGGREGATE_FUNCTIONS = [
  'avg',
  'min',
  'max',
  'sum',
  'count',
  'rate',
  'delta',
  'p95',
] as const;
export type AggregateFunction = (typeof AGGREGATE_FUNCTIONS)[number];

/** `fn(selector[range]) by (labels)`. Without `by` and with a range: one value per series. */
export interface Aggregate {
  readonly kind: 'aggregate';
  readonly fn: AggregateFunction;
  readonly selector: Selector;
  /** Length of `[5m]`; absent: only the newest sample of each series. */
  readonly rangeMs: number | undefined;
  /** Labels to group by; absent: per series with a range, one group over everything without. */
  readonly by: readonly string[] | undefined;
  readonly span: Span;
}

export type Operand = Selector | Aggregate;

/** A number with its unit as written; what it is compared with depends on the metric. */
export interface Quantity {
  readonly number: number;
  /** `''`, `%`, `ms`, `MiB/s` …: one that `unitOf` knows. */
  readonly unit: string;
  readonly span: Span;
}

export const COMPARISONS = ['>', '>=', '<', '<=', '==', '!='] as const;
export type Comparison = (typeof COMPARISONS)[number];

export interface Compare {
  readonly kind: 'compare';
  readonly left: Operand;
  readonly op: Comparison;
  readonly right: Quantity;
  readonly span: Span;
}

/** A bare metric: true when its value is not 0. */
export interface Flag {
  readonly kind: 'flag';
  readonly selector: Selector;
  readonly span: Span;
}

export interface Absent {
  readonly kind: 'absent';
  readonly selector: Selector;
  readonly span: Span;
}

export interface Trend {
  readonly kind: 'trend';
  readonly selector: Selector;
  readonly direction: 'increasing' | 'decreasing';
  readonly windowMs: number;
  readonly span: Span;
}

/** `body for 5m`. */
export interface Hold {
  readonly kind: 'hold';
  readonly body: Expression;
  readonly durationMs: number;
  readonly span: Span;
}

/** `body for 3 attempts`: the newest samples of a series, each one an attempt. */
export interface Attempts {
  readonly kind: 'attempts';
  readonly body: Expression;
  readonly count: number;
  readonly span: Span;
}

export interface Not {
  readonly kind: 'not';
  readonly operand: Expression;
  readonly span: Span;
}

export interface Logical {
  readonly kind: 'and' | 'or';
  readonly left: Expression;
  readonly right: Expression;
  readonly span: Span;
}

export type Expression = Compare | Flag | Absent | Trend | Hold | Attempts | Not | Logical;
