import type { Expression, Operand } from './ast.js';
import { holdHistoryMs } from './evaluation/hold-signal.js';
import type { MetricNeed } from './series-store.js';
import { MAX_STALE_MS, MIN_SAMPLES } from './series-window.js';

/** What an expression reads, and how far back. */
export interface Reach {
  readonly needs: readonly MetricNeed[];
  /** The longest window of the expression itself: its longest `for`, range or trend, in ms. */
  readonly maxWindowMs: number;
  /** True when every group has one source, so that its samples alone can change its truth. */
  readonly perSource: boolean;
}

/** Walks an expression for the metrics it reads. */
export function reachOf(expression: Expression): Reach {
  const needs = new Map<string, MetricNeed>();
  let maxWindowMs = 0;
  let perSource = true;

  function need(metric: string, windowMs: number, historyMs: number, minSamples: number): void {
    const known = needs.get(metric);
    maxWindowMs = Math.max(maxWindowMs, windowMs);
    needs.set(metric, {
      metric,
      retentionMs: Math.max(known?.retentionMs ?? 0, windowMs + historyMs + MAX_STALE_MS),
      minSamples: Math.max(known?.minSamples ?? 0, minSamples),
    });
  }

  function operand(left: Operand, historyMs: number): void {
    if (left.kind === 'selector') return need(left.metric, 0, historyMs, MIN_SAMPLES);
    const { selector, rangeMs = 0, by } = left;
    const isPerSeries = by === undefined && rangeMs > 0;
    if (!isPerSeries && by?.includes('source') !== true) perSource = false;
    return need(selector.metric, rangeMs, historyMs, MIN_SAMPLES);
  }

  function visit(part: Expression, historyMs: number, samples: number): void {
    switch (part.kind) {
      case 'compare':
        if (samples > 0 && part.left.kind === 'selector') need(part.left.metric, 0, 0, samples);
        return operand(part.left, historyMs);
      case 'flag':
        return need(part.selector.metric, 0, historyMs, Math.max(samples, MIN_SAMPLES));
      case 'absent':
        perSource = false;
        return need(part.selector.metric, 0, historyMs, MIN_SAMPLES);
      case 'trend':
        return need(part.selector.metric, part.windowMs, historyMs, MIN_SAMPLES);
      case 'hold':
        maxWindowMs = Math.max(maxWindowMs, part.durationMs);
        return visit(part.body, historyMs + holdHistoryMs(part.durationMs), samples);
      case 'attempts':
        return visit(part.body, historyMs, part.count + MIN_SAMPLES);
      case 'not':
        return visit(part.operand, historyMs, samples);
      case 'and':
      case 'or':
        visit(part.left, historyMs, samples);
        return visit(part.right, historyMs, samples);
    }
  }

  visit(expression, 0, 0);
  return { needs: [...needs.values()], maxWindowMs, perSource };
}
