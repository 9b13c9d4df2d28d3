import fc from 'fast-check';
import { parseCondition } from './condition.js';
import { parseExpression } from './parser.js';
import { printExpression } from './print.js';
import { expression } from './testing/expressions.js';

function withoutSpans(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, part: unknown) => (key === 'span' ? undefined : part)),
  );
}

/** Pieces of the language in any order find more corners of the parser than random letters do. */
const soup = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...['and', 'or', 'not', 'for', 'by', 'absent', 'avg', 'rate', 'increasing', 'attempts'],
        ...['(', ')', '{', '}', '[', ']', ',', '=', '=~', '!=', '>', '<=', '-', '%', '/s'],
        ...['cpu_usage', 'x', '80%', '5m', '3', '1e9', '"a"', "'b'", '"(a+"', '#', '\n', '&&'],
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
    ),
    { maxLength: 24 },
  )
  .map((pieces) => pieces.join(' '));

describe('the parser', () => {
  it('survives any text, and points into it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), soup), (text) => {
        const parsed = parseCondition(text);
        if (parsed.ok) return;
        expect(parsed.diagnostics.length).toBeGreaterThan(0);
        for (const { span: place, line, column, message } of parsed.diagnostics) {
          expect(place.start).toBeGreaterThanOrEqual(0);
          expect(place.end).toBeGreaterThanOrEqual(place.start);
          expect(place.end).toBeLessThanOrEqual(Math.max(1, text.length));
          expect(line).toBeGreaterThanOrEqual(1);
          expect(column).toBeGreaterThanOrEqual(1);
          expect(message).not.toBe('');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('reads back what was printed', () => {
    fc.assert(
      fc.property(expression, (written) => {
        const text = printExpression(written);
        fc.pre(text.length <= 4096);
        const parsed = parseExpression(text);
        expect(parsed).toHaveProperty('expression');
        if (!('expression' in parsed)) return;
        expect(withoutSpans(parsed.expression)).toEqual(withoutSpans(written));
        expect(printExpression(parsed.expression)).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });
});
