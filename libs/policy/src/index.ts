export {
  endAlert,
  IllegalAlertTransition,
  INITIAL_ALERT_STATE,
  stepAlert,
  type AlertInput,
  type AlertPhase,
  type AlertSettings,
  type AlertState,
  type AlertStep,
  type AlertTransition,
} from './alert-state.js';
export type { Expression, Matcher, Selector } from './ast.js';
export { parseCondition, type Condition, type ParsedCondition } from './condition.js';
export { findDead, type DeadCheckOptions } from './dead.js';
export { renderDiagnostic, type Diagnostic, type DiagnosticCode } from './diagnostic.js';
export { evaluate, type Evaluation, type GroupResult } from './evaluate.js';
export type { Evidence } from './evaluation/signal.js';
export { labelsKey, type Labels } from './labels.js';
export { printExpression } from './print.js';
export {
  SeriesStore,
  type AddOutcome,
  type IncomingSample,
  type MetricNeed,
  type SeriesStoreOptions,
} from './series-store.js';
export type { SeriesWindow } from './series-window.js';
export type { Position, Span } from './span.js';
export type { Truth } from './truth.js';
