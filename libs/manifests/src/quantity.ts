/**
 * Quantities as Kubernetes' `resource.Quantity` has them
 * (https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity): a signed decimal number with
 * a binary suffix (`Ki` … `Ei`), a decimal suffix (`n u m k M G T P E`) or an exponent (`e3`, `E-2`).
 */
export const QUANTITY_PATTERN =
  /^([+-]?)(\d+\.?\d*|\.\d+)(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d{1,3})?$/;

const NANO = 1_000_000_000n;
/** The largest magnitude of a Quantity, 2^63 − 1; larger ones are capped to it. */
const LIMIT = (2n ** 63n - 1n) * NANO;

const DECIMAL: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const BINARY: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};

/**
 * The value in nano-units (1e-9). Like in Kubernetes it is rounded up, away from zero, to whole
 * nano-units, and capped at ±(2^63 − 1) units. Undefined when the text is no quantity.
 */
export function parseQuantity(text: string): bigint | undefined {
  // digits beyond any meaning would only cost time
  if (text.length > 64) return undefined;
  const match = QUANTITY_PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, number = '', suffix = ''] = match;
  const [whole = '', fraction = ''] = number.split('.');
  const digits = BigInt(`${whole}${fraction}`) * (BINARY[suffix] ?? 1n);
  const nanos = scaled(digits, exponentOf(suffix) - fraction.length + 9);
  const capped = nanos > LIMIT ? LIMIT : nanos;
  return sign === '-' ? -capped : capped;
}

/** A quantity of CPU, 0 or more, in cores: `500m` is 0.5. */
export function quantityToNumber(nanos: bigint): number {
  // by way of its decimal text, so that it is the number nearest to what was written
  return Number(`${nanos / NANO}.${String(nanos % NANO).padStart(9, '0')}`);
}

/** A quantity of memory in whole bytes, rounded up. */
export function quantityToWhole(nanos: bigint): number {
  const whole = nanos / NANO;
  return Number(nanos % NANO > 0n ? whole + 1n : whole);
}

/** A number of cores as people write it: 0.5 is `500m`. Exact down to 1e-9. */
export function formatCpu(cores: number): string {
  const nanos = BigInt(Math.round(cores * 1e9));
  if (nanos % NANO === 0n) return String(nanos / NANO);
  if (nanos % 1_000_000n === 0n) return `${nanos / 1_000_000n}m`;
  if (nanos % 1_000n === 0n) return `${nanos / 1_000n}u`;
  return `${nanos}n`;
}

/** Bytes as people write them: 1073741824 is `1Gi`. Exact for whole numbers. */
export function formatBytes(bytes: number): string {
  const value = BigInt(bytes);
  const fitting = Object.entries(BINARY)
    .toReversed()
    .find(([, factor]) => value >= factor && value % factor === 0n);
  return fitting === undefined ? String(value) : `${value / fitting[1]}${fitting[0]}`;
}

function exponentOf(suffix: string): number {
  // `E` alone is exa; with digits after it, an exponent
  if (/^[eE][+-]?\d/.test(suffix)) return Number(suffix.slice(1));
  return DECIMAL[suffix] ?? 0;
}

/** `value` × 10^`exponent`, rounded up. */
function scaled(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}
