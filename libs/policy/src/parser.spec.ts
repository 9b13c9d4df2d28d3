import { parseCondition } from './condition.js';
import { renderDiagnostic } from './diagnostic.js';
import { parseExpression } from './parser.js';
import { printExpression } from './print.js';

function canonical(text: string): string {
  const parsed = parseExpression(text);
  return 'expression' in parsed
    ? printExpression(parsed.expression)
    : renderDiagnostic(text, parsed.diagnostic);
}

describe('reading', () => {
  it.each([
    ['cpu_usage > 80% for 5m'],
    ['health_check_failed for 3 attempts'],
    ['memory_usage increasing for 30m'],
    ['disk_free decreasing for 6h'],
    ['health_check_failed'],
    ['not health_check_failed'],
    ['cpu_usage{role="web", host!="a", zone=~"eu-.*", tier!~"x|y"} >= 0.5'],
    ['latency > 500ms and errors < 1/s or queue == 10 for 2m'],
    ['(a > 1 or b > 2) and c > 3'],
    ['not (a > 1 and b > 2)'],
    ['absent(heartbeat{source="web-1"}) for 5m'],
    ['avg(cpu_usage[5m]) by (role, zone) > 80%'],
    ['sum(requests) by () > 10'],
    ['rate(bytes_total[1m]) > 1.5MiB/s'],
    ['p95(latency[10m]) > 1s for 1h30m'],
    ['a != -5'],
    ['a > 1 and (b > 2 and c > 3)'],
    ['(a > 1 and b > 2) for 5m'],
  ])('%s is its own canonical form', (text) => {
    expect(canonical(text)).toBe(text);
  });

  it.each([
    ['cpu_usage>80 % for 5m', 'cpu_usage > 80% for 5m'],
    ['cpu_usage > 500 ms', 'cpu_usage > 500ms'],
    ['health_check_failed for 1 attempt', 'health_check_failed for 1 attempts'],
    ['avg by (role) (x[5m]) > 1', 'avg(x[5m]) by (role) > 1'],
    ["a{b='c\"d',} > 1", 'a{b="c\\"d"} > 1'],
    ['a > 1 # the first\n  and b > 2', 'a > 1 and b > 2'],
    ['((a > 1))', 'a > 1'],
    ['a > 90s for 90s', 'a > 90s for 1m30s'],
    ['a > 1e3', 'a > 1000'],
    ['count > 3 and rate < 5', 'count > 3 and rate < 5'],
    ['sum(x) by (b, a, b) > 1', 'sum(x) by (a, b) > 1'],
    ['x{a=~"\\d+\\."} > 1', 'x{a=~"\\\\d+\\\\."} > 1'],
  ])('%s is read as %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });
});

/** Each case: the text, carets below the place, then the message. */
const ERRORS = [
  [
    `cpu_usage >% 80
                ^
     1:12: found \`%\`, expected a number such as \`80%\` or \`500ms\``,
  ],
  [
    `cpu_usage > 80% fro 5m
                     ^^^
     1:17: found \`fro\`, expected \`for\`, \`and\`, \`or\` or the end; did you mean \`for\`?`,
  ],
  [
    `cpu_usage = 80%
               ^
     1:11: found \`=\`, expected \`>\`, \`>=\`, \`<\`, \`<=\`, \`==\`, \`!=\`, \`for\`, \`and\`, \`or\` or the end; write \`==\``,
  ],
  [
    `a > 1 && b > 2
           ^^
     1:7: found \`&&\`, expected \`for\`, \`and\`, \`or\` or the end; write \`and\``,
  ],
  [
    `cpu_usage incresing for 5m
               ^^^^^^^^^
     1:11: found \`incresing\`, expected \`>\`, \`>=\`, \`<\`, \`<=\`, \`==\`, \`!=\`, \`for\`, \`and\`, \`or\` or the end; did you mean \`increasing\`?`,
  ],
  [
    `80% < cpu_usage
     ^^^
     1:1: found \`80%\`, expected a metric; the metric comes first: write \`cpu_usage > 80%\``,
  ],
  [
    `cpu_usage > 80%% for 5m
                    ^
     1:16: found \`%\`, expected \`for\`, \`and\`, \`or\` or the end`,
  ],
  [
    `memory > 5Gib
              ^^^^
     1:10: there is no unit \`Gib\``,
  ],
  [
    `cpu_usage > 80% for 5 minutes
                         ^
     1:21: \`5\` is no length of time; write \`5m\``,
  ],
  [
    `cpu_usage > 80% for 5min
                         ^^^^
     1:21: \`5min\` is no length of time; write \`5m\``,
  ],
  [
    `cpu_usage > 80% for
                        ^
     1:20: found the end of the condition, expected a length of time such as \`5m\`, or \`3 attempts\``,
  ],
  [
    `cpu_usage > 80% for 0s
                         ^^
     1:21: 0s is out of range: from 1ms to 1d`,
  ],
  [
    `health_check_failed for 0 attempts
                             ^
     1:25: found 0 attempts, expected a whole number from 1 to 100`,
  ],
  [
    `average(x[5m]) > 5
     ^^^^^^^
     1:1: there is no function \`average\`, only avg, min, max, sum, count, rate, delta, p95, absent`,
  ],
  [
    `cuont(x[5m]) > 5
     ^^^^^
     1:1: there is no function \`cuont\`, only avg, min, max, sum, count, rate, delta, p95, absent; did you mean \`count\`?`,
  ],
  [
    `avg(x[5m]) for 5m
                ^^^
     1:12: found \`for\`, expected \`>\`, \`>=\`, \`<\`, \`<=\`, \`==\` or \`!=\``,
  ],
  [
    `rate(x) > 5
           ^
     1:7: \`rate\` needs a range: write \`rate(x[5m])\``,
  ],
  [
    `x{a="b" c="d"} > 1
             ^
     1:9: found \`c\`, expected \`,\` or \`}\``,
  ],
  [
    `x{a=="b"} > 1
        ^^
     1:4: found \`==\`, expected \`=\`, \`!=\`, \`=~\` or \`!~\`; labels are compared with a single \`=\``,
  ],
  [
    `x{a="b} > 1
         ^^^^^^^
     1:5: this text has no closing "`,
  ],
  [
    `x{a=~"(b"} > 1
          ^^^^
     1:6: this regular expression cannot be used: a \`(\` without its \`)\``,
  ],
  [
    `x{a=~"(?=b)"} > 1
          ^^^^^^^
     1:6: this regular expression cannot be used: look-around and named groups are not available, only \`(…)\` and \`(?:…)\``,
  ],
  [
    `(a > 1 and b > 2
                     ^
     1:17: found the end of the condition, expected \`)\``,
  ],
  [
    `a > 1)
          ^
     1:6: found \`)\`, expected \`for\`, \`and\`, \`or\` or the end`,
  ],
  [
    `a > b
         ^
     1:5: found \`b\`, expected a number such as \`80%\` or \`500ms\`; a metric is compared with a number, not with another metric`,
  ],
  [
    `a > 1 < 5
           ^
     1:7: found \`<\`, expected \`for\`, \`and\`, \`or\` or the end; comparisons do not chain: write \`x > 1 and x < 5\``,
  ],
  [
    `a > 1 and
              ^
     1:10: found the end of the condition, expected a metric`,
  ],
  [
    `absent(x[5m])
             ^
     1:9: found \`[\`, expected \`)\`; write \`absent(x) for 5m\``,
  ],
  [
    `disk_usage reaches 95% within 4h
                ^^^^^^^
     1:12: this version cannot evaluate a forecast (\`reaches … within …\`); it can evaluate a comparison (\`disk_usage > 80\`) and a trend (\`disk_usage increasing for 30m\`)`,
  ],
  [
    `cpu_usage outside 3 sigma for 10m
               ^^^^^^^
     1:11: this version cannot evaluate an anomaly (\`outside … sigma\`)`,
  ],
  [
    `avg(x[5m]) increasing for 5m
     ^^^^^^^^^^
     1:1: \`increasing\` looks at a metric itself, not at \`avg(…)\` of it`,
  ],
  [
    `cpu_usage > 80% \u{1F525}
                     ^^
     1:17: found "\u{1F525}", which means nothing here`,
  ],
  [
    `
     ^
     1:1: found the end of the condition, expected a metric`,
  ],
] as const;

describe('errors', () => {
  it.each(ERRORS)('%s', (marked) => {
    const [text = '', carets = '', message = ''] = marked.split('\n');
    const parsed = parseCondition(text);
    expect(parsed.ok).toBe(false);
    if (parsed.ok) return;
    const [said = '', line = '', underline = ''] = renderDiagnostic(
      text,
      parsed.diagnostics[0] ?? { ...NOTHING },
    ).split('\n');
    expect(said.slice(0, message.trim().length)).toBe(message.trim());
    expect(line).toBe(`  ${text}`);
    expect(underline.slice(2)).toBe(carets.slice(5));
  });

  it('counts lines and columns', () => {
    const parsed = parseCondition('cpu_usage > 80%\n  for 5m\n  nad b > 1');
    expect(parsed).toMatchObject({ ok: false, diagnostics: [{ line: 3, column: 3 }] });
  });

  it('says what it expected, for programs', () => {
    const parsed = parseCondition('x{a ~ "b"} > 1');
    expect(parsed).toMatchObject({
      ok: false,
      diagnostics: [{ code: 'unexpected-character', span: { start: 4, end: 5 } }],
    });
    expect(parseCondition('(a > 1')).toMatchObject({ diagnostics: [{ expected: ['`)`'] }] });
  });

  it.each([
    ['too long', `${'a'.repeat(4097)} > 1`, 'too-long'],
    ['too deep in parentheses', `${'('.repeat(40)}a${')'.repeat(40)}`, 'too-deep'],
    ['too deep in negations', `${'not '.repeat(40)}a`, 'too-deep'],
    ['a number beyond all bounds', 'a > 1e999', 'invalid-number'],
    ['a window beyond all bounds', 'a > 1 for 8d', 'out-of-range'],
    ['too many matchers', `a{${'b="c",'.repeat(20)}} > 1`, 'too-long'],
  ])('refuses what is %s', (_name, text, code) => {
    expect(parseCondition(text)).toMatchObject({ ok: false, diagnostics: [{ code }] });
  });
});

const NOTHING = {
  code: 'unexpected-token',
  message: '',
  line: 0,
  column: 0,
  span: { start: 0, end: 0 },
  expected: [],
} as const;
