import type { Difference, DifferenceType, Severity } from './drift.js';

/** How bad each kind of drift is when a part of the replicas has it. */
const BASE: Readonly<Record<DifferenceType, number>> = {
  missing: 50,
  conflict: 50,
  health: 45,
  config: 35,
  image: 35,
  unreachable: 35,
  replicas: 30,
  resources: 25,
  orphaned: 10,
};

/** Points when all replicas have it; a share of them for a share of the replicas. */
const ALL_REPLICAS = 30;

/** What the label `criticality` of a resource adds. */
const CRITICALITY: ReadonlyMap<string, number> = new Map([
  ['low', -20],
  ['normal', 0],
  ['high', 10],
  ['critical', 20],
]);

/** A roll-out that is due is no damage. */
const INTENTIONAL = -15;
const PER_DEPENDANT = 2;
const MAX_DEPENDANTS = 10;
/** One point for each 5 minutes. */
const POINT_EVERY_MS = 300_000;
const MAX_DURATION = 10;

const WARNING_FROM = 35;
const CRITICAL_FROM = 70;

export interface ScoreInput {
  readonly type: DifferenceType;
  readonly class: Difference['class'];
  /** Share of the wanted replicas that has a difference of this type, 0 to 1. */
  readonly share: number;
  /** Value of the label `criticality`: low, normal (also without it), high, critical. */
  readonly criticality: string | undefined;
  /** Resources that depend on it. */
  readonly dependants: number;
  readonly openForMs: number;
}

/**
 * How bad a difference is, 0 to 100: the kind of drift, plus up to 30 for the share of replicas that
 * has it, −20 to +20 for the criticality label, −15 for a roll-out that is merely due, up to 10 for
 * dependants, up to 10 for how long it lasts. From 35 on it is a warning, from 70 on critical: a dead
 * service of one replica (80) is critical, one dead replica of three (60) is a warning, a replica too
 * many (30–60) may be either, something that left Git (10–40) is mostly information.
 */
export function scoreOf(input: ScoreInput): { score: number; severity: Severity } {
  const points =
    BASE[input.type] +
    ALL_REPLICAS * Math.min(1, Math.max(0, input.share)) +
    (CRITICALITY.get(input.criticality ?? 'normal') ?? 0) +
    (input.class === 'intentional' ? INTENTIONAL : 0) +
    Math.min(MAX_DEPENDANTS, PER_DEPENDANT * input.dependants) +
    Math.min(MAX_DURATION, Math.floor(input.openForMs / POINT_EVERY_MS));
  const score = Math.round(Math.min(100, Math.max(0, points)));
  return { score, severity: severityOf(score) };
}

function severityOf(score: number): Severity {
  if (score >= CRITICAL_FROM) return 'critical';
  return score >= WARNING_FROM ? 'warning' : 'info';
}
