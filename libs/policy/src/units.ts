/** What a number measures. `plain`: nothing known; it may be compared with everything. */
export type Dimension = 'plain' | 'percent' | 'time' | 'bytes';

export interface Unit {
  readonly dimension: Dimension;
  /** Size in the base unit: percent points, seconds, bytes. */
  readonly factor: number;
  /** Written with `/s`. */
  readonly perSecond: boolean;
}

const KIBI = 1024;

const SIMPLE: Readonly<Record<string, { dimension: Dimension; factor: number }>> = {
  '': { dimension: 'plain', factor: 1 },
  '%': { dimension: 'percent', factor: 1 },
  us: { dimension: 'time', factor: 1e-6 },
  ms: { dimension: 'time', factor: 1e-3 },
  s: { dimension: 'time', factor: 1 },
  m: { dimension: 'time', factor: 60 },
  h: { dimension: 'time', factor: 3600 },
  d: { dimension: 'time', factor: 86_400 },
  B: { dimension: 'bytes', factor: 1 },
  kB: { dimension: 'bytes', factor: 1e3 },
  KB: { dimension: 'bytes', factor: 1e3 },
  MB: { dimension: 'bytes', factor: 1e6 },
  GB: { dimension: 'bytes', factor: 1e9 },
  TB: { dimension: 'bytes', factor: 1e12 },
  KiB: { dimension: 'bytes', factor: KIBI },
  MiB: { dimension: 'bytes', factor: KIBI ** 2 },
  GiB: { dimension: 'bytes', factor: KIBI ** 3 },
  TiB: { dimension: 'bytes', factor: KIBI ** 4 },
};

/** Every unit that may follow a number, without the `/s` that may follow it in turn. */
export const UNIT_NAMES: readonly string[] = Object.keys(SIMPLE).filter((name) => name !== '');

/** The unit written after a number (`''`, `%`, `MiB`, `/s`, `MiB/s`); undefined when there is none such. */
export function unitOf(suffix: string): Unit | undefined {
  const perSecond = suffix.endsWith('/s');
  const name = perSecond ? suffix.slice(0, -2) : suffix;
  if (!Object.hasOwn(SIMPLE, name)) return undefined;
  const simple = SIMPLE[name];
  if (simple === undefined || (perSecond && simple.dimension === 'percent')) return undefined;
  return { ...simple, perSecond };
}
