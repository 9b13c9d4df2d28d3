import { colours } from './colours.js';

const GOOD = new Set(['ok', 'Synced', 'Healthy', 'connected', 'succeeded', 'resolved', 'running']);
const BAD = new Set(['down', 'Degraded', 'Missing', 'failed', 'critical', 'rejected', 'firing']);
const DOUBTFUL = new Set([
  'degraded',
  'OutOfSync',
  'Progressing',
  'Suspended',
  'Unknown',
  'warning',
  'disconnected',
  'suppressed',
  'rolled_back',
  'pending_approval',
  'expired',
  'cancelled',
]);

/** A status word in its colour; colours are off when the output is no terminal. */
export function coloured(word: string): string {
  if (GOOD.has(word)) return colours.green(word);
  if (BAD.has(word)) return colours.red(word);
  if (DOUBTFUL.has(word)) return colours.yellow(word);
  return word;
}

/** How long ago, in the largest unit that is at least 1: `5s`, `12m`, `3h`, `9d`. */
export function age(instant: string | undefined, nowMs: number): string {
  if (instant === undefined) return '-';
  const seconds = Math.max(0, Math.floor((nowMs - Date.parse(instant)) / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** Time of day with milliseconds, for timelines within a day or so. */
export function clockTime(instant: string): string {
  const date = new Date(instant);
  const two = (value: number) => String(value).padStart(2, '0');
  const ms = String(date.getMilliseconds()).padStart(3, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${ms}`;
}

/** One line of at most `width` characters. */
export function clip(text: string, width: number): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= width ? line : `${line.slice(0, width - 1)}…`;
}

/** A value of a manifest or an observation, short enough for a column. */
export function short(value: unknown): string {
  if (value === undefined || value === null) return '-';
  return clip(typeof value === 'string' ? value : JSON.stringify(value), 40);
}
