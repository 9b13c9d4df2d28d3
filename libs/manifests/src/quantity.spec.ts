import fc from 'fast-check';
import {
  formatBytes,
  formatCpu,
  parseQuantity,
  quantityToNumber,
  quantityToWhole,
} from './quantity.js';

const NANO = 1_000_000_000n;

describe('parseQuantity', () => {
  // from the tables of Kubernetes' quantity_test.go
  it.each([
    ['0', 0n],
    ['500m', NANO / 2n],
    ['0.5', NANO / 2n],
    ['.5', NANO / 2n],
    ['5.', 5n * NANO],
    ['+5', 5n * NANO],
    ['-5', -5n * NANO],
    ['1n', 1n],
    ['1u', 1_000n],
    ['0.5n', 1n],
    ['-0.5n', -1n],
    ['1Ki', 1_024n * NANO],
    ['1.5Mi', 1_572_864n * NANO],
    ['1Gi', 1_073_741_824n * NANO],
    ['1Ti', 1_099_511_627_776n * NANO],
    ['1k', 1_000n * NANO],
    ['1M', 1_000_000n * NANO],
    ['1G', 1_000_000_000n * NANO],
    ['1E', 1_000_000_000_000_000_000n * NANO],
    ['1e3', 1_000n * NANO],
    ['1E3', 1_000n * NANO],
    ['1E-3', 1_000_000n],
    ['12e+1', 120n * NANO],
    ['100E', (2n ** 63n - 1n) * NANO],
    ['8Ei', (2n ** 63n - 1n) * NANO],
  ])('reads %s', (text, nanos) => {
    expect(parseQuantity(text)).toBe(nanos);
  });

  it.each([
    '',
    '.',
    '1ki',
    '1KI',
    '1K',
    '1gi',
    '1 Gi',
    'Gi',
    '--1',
    '1.1.1',
    '1e',
    '1e3Ki',
    '0x10',
    'NaN',
    '1e9999',
    '1'.repeat(65),
  ])('refuses %j', (text) => {
    expect(parseQuantity(text)).toBeUndefined();
  });

  it('rounds bytes up', () => {
    expect(quantityToWhole(parseQuantity('0.1') ?? 0n)).toBe(1);
  });

  it('reads what formatBytes and formatCpu write', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(quantityToWhole(parseQuantity(formatBytes(bytes)) ?? 0n)).toBe(bytes);
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (millis) => {
        expect(quantityToNumber(parseQuantity(formatCpu(millis / 1_000)) ?? 0n)).toBe(
          millis / 1_000,
        );
      }),
    );
  });
});
