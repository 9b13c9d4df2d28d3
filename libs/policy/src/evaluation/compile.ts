import type { Compare, Expression, Flag } from '../ast.js';
import { AbsentCondition } from './absent-signal.js';
import { AggregateComparison } from './aggregate-signal.js';
import { AttemptsCondition } from './attempts-signal.js';
import { HoldCondition } from './hold-signal.js';
import { LogicalCondition } from './logical-signal.js';
import { NotCondition } from './not-signal.js';
import { comparePredicate, flagPredicate } from './predicate.js';
import { Selection } from './selection.js';
import { SeriesComparison } from './series-signal.js';
import type { Evaluable } from './signal.js';
import { TrendCondition } from './trend-signal.js';

/** Makes an expression that the checker has passed ready to be evaluated. */
export function compile(expression: Expression): Evaluable {
  switch (expression.kind) {
    case 'compare':
      return compileComparison(expression);
    case 'flag':
      return compileFlag(expression);
    case 'absent':
      return new AbsentCondition(new Selection(expression.selector));
    case 'trend':
      return new TrendCondition(expression, new Selection(expression.selector));
    case 'hold':
      return new HoldCondition(compile(expression.body), expression.durationMs);
    case 'attempts':
      return new AttemptsCondition(compileSamples(expression.body), expression.count);
    case 'not':
      return new NotCondition(compile(expression.operand));
    case 'and':
    case 'or': {
      const { kind, left, right } = expression;
      return new LogicalCondition(kind, compile(left), compile(right));
    }
  }
}

function compileComparison(compare: Compare): Evaluable {
  const predicate = comparePredicate(compare);
  const { left } = compare;
  if (left.kind === 'selector') return new SeriesComparison(new Selection(left), predicate);
  return new AggregateComparison(left, new Selection(left.selector), predicate);
}

function compileFlag(flag: Flag): SeriesComparison {
  return new SeriesComparison(new Selection(flag.selector), flagPredicate(flag));
}

function compileSamples(body: Expression): SeriesComparison {
  if (body.kind === 'flag') return compileFlag(body);
  if (body.kind === 'compare' && body.left.kind === 'selector') {
    return new SeriesComparison(new Selection(body.left), comparePredicate(body));
  }
  throw new TypeError(`attempts of a ${body.kind}: the checker refuses this`);
}
