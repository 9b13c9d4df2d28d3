import type { Compare, Comparison, Flag, Operand, Quantity } from '../ast.js';
import { metricFacts } from '../metric-catalogue.js';
import { printOperand, printQuantity } from '../print.js';
import { unitOf } from '../units.js';
import { formatNumber } from './signal.js';

/** A test of one number, with its words. */
export interface Predicate {
  readonly test: (value: number) => boolean;
  /** What is tested, for people: `cpu_usage`, `avg(cpu_usage[5m])`. */
  readonly subject: string;
  /** `cpu_usage is 93, > 80%` or `cpu_usage is 42, not > 80%`. */
  readonly describe: (value: number) => string;
}

/**
 * What the number of a comparison means in the metric's own unit: `%` are percent points (0–100; a
 * `…_ratio` metric is compared with a hundredth of it), times are seconds unless the metric's name
 * ends in `_ms`, sizes are bytes, `/s` changes nothing (rates are per second).
 */
export function thresholdOf(operand: Operand, { number, unit }: Quantity): number {
  const known = unitOf(unit);
  if (known === undefined || known.dimension === 'plain') return number;
  const selector = operand.kind === 'selector' ? operand : operand.selector;
  const counts = operand.kind === 'aggregate' && operand.fn === 'count';
  const facts = metricFacts(selector.metric);
  const scale = facts.dimension === known.dimension && !counts ? facts.scale : 1;
  // 0.3 s / 0.001 is 299.99…: the nearest 12 digits are what was meant.
  return Number(((number * known.factor) / scale).toPrecision(12));
}

export function comparePredicate({ left, op, right }: Compare): Predicate {
  const threshold = thresholdOf(left, right);
  const subject = printOperand(left);
  const wanted = `${op} ${printQuantity(right)}`;
  const test = tester(op, threshold);
  const describe = (value: number) =>
    `${subject} is ${formatNumber(value)}, ${test(value) ? '' : 'not '}${wanted}`;
  return { test, subject, describe };
}

export function flagPredicate({ selector }: Flag): Predicate {
  const test = (value: number) => value !== 0;
  const subject = printOperand(selector);
  return { test, subject, describe: (value) => `${subject} is ${formatNumber(value)}` };
}

function tester(op: Comparison, threshold: number): (value: number) => boolean {
  switch (op) {
    case '>':
      return (value) => value > threshold;
    case '>=':
      return (value) => value >= threshold;
    case '<':
      return (value) => value < threshold;
    case '<=':
      return (value) => value <= threshold;
    case '==':
      return (value) => value === threshold;
    case '!=':
      return (value) => value !== threshold;
  }
}
