import fc from 'fast-check';
import {
  AGGREGATE_FUNCTIONS,
  COMPARISONS,
  type Expression,
  type Operand,
  type Selector,
} from '../ast.js';
import { UNIT_NAMES } from '../units.js';

const span = fc.constant({ start: 0, end: 0 });
const name = fc
  .stringMatching(/^[a-z_][a-z0-9_]{0,8}$/)
  .filter((text) => !['and', 'or', 'not', 'for', 'by', 'attempts', 'attempt'].includes(text));
const durationMs = fc.integer({ min: 1, max: 86_400_000 });

const matcher = fc.oneof(
  fc.record({
    label: name,
    op: fc.constantFrom('=' as const, '!=' as const),
    value: fc.string({ unit: 'binary' }),
    span,
  }),
  fc.record({
    label: name,
    op: fc.constantFrom('=~' as const, '!~' as const),
    value: fc.constantFrom('a.*', '\\d+|x', '[^a-z]{2,5}', '"quoted\\.'),
    span,
  }),
);
const selector: fc.Arbitrary<Selector> = fc.record({
  kind: fc.constant('selector' as const),
  metric: name,
  matchers: fc.array(matcher, { maxLength: 3 }),
  span,
});
const operand: fc.Arbitrary<Operand> = fc.oneof(
  selector,
  fc
    .record({
      kind: fc.constant('aggregate' as const),
      fn: fc.constantFrom(...AGGREGATE_FUNCTIONS),
      selector,
      rangeMs: fc.option(durationMs, { nil: undefined }),
      by: fc.option(
        fc.uniqueArray(name, { maxLength: 3 }).map((labels) => labels.sort()),
        { nil: undefined },
      ),
      span,
    })
    .filter(({ fn, rangeMs }) => rangeMs !== undefined || (fn !== 'rate' && fn !== 'delta')),
);
const quantity = fc.record({
  number: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n)),
  unit: fc.constantFrom('', '/s', 'MiB/s', ...UNIT_NAMES),
  span,
});
/** Any expression that the grammar has, whether or not it makes sense; spans are empty. */
export const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.record({
      kind: fc.constant('compare' as const),
      left: operand,
      op: fc.constantFrom(...COMPARISONS),
      right: quantity,
      span,
    }),
    fc.record({ kind: fc.constant('flag' as const), selector, span }),
    fc.record({ kind: fc.constant('absent' as const), selector, span }),
    fc.record({
      kind: fc.constant('trend' as const),
      selector,
      direction: fc.constantFrom('increasing' as const, 'decreasing' as const),
      windowMs: durationMs,
      span,
    }),
    fc.record({ kind: fc.constant('hold' as const), body: tie('expression'), durationMs, span }),
    fc.record({
      kind: fc.constant('attempts' as const),
      body: tie('expression'),
      count: fc.integer({ min: 1, max: 100 }),
      span,
    }),
    fc.record({ kind: fc.constant('not' as const), operand: tie('expression'), span }),
    fc.record({
      kind: fc.constantFrom('and' as const, 'or' as const),
      left: tie('expression'),
      right: tie('expression'),
      span,
    }),
  ),
}));
