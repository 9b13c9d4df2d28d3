import { z } from 'zod';

/** A text is repeated on the console at most this often, milliseconds. */
const REPEAT_AFTER_MS = 60_000;
/** Errors of one process that are shown in a minute; the rest is counted. */
const PER_MINUTE = 5;
const MAX_LENGTH = 200;

const LogLine = z.object({
  level: z.string(),
  message: z.string().default(''),
  error: z.object({ message: z.string() }).optional(),
});

/** What PostgreSQL answers to clients while it starts or ends: they come back by themselves. */
const EXPECTED =
  /^(the database system is (starting up|shutting down|not yet accepting connections|in recovery)|terminating connection due to administrator command)/;

/** The text of an error in a line of a service, nats-server or PostgreSQL; undefined for other lines. */
export function errorIn(line: string): string | undefined {
  if (line.startsWith('{')) return errorInJson(line);
  const text = /\[(?:ERR|FTL)\] (.*)/.exec(line) ?? /\b(?:FATAL|PANIC): {2}(.*)/.exec(line);
  return EXPECTED.test(text?.[1] ?? '') ? undefined : text?.[1];
}

function errorInJson(line: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  const entry = LogLine.safeParse(parsed);
  if (!entry.success || entry.data.level !== 'error') return undefined;
  const { message, error } = entry.data;
  if (error === undefined || message.includes(error.message)) return message;
  return message === '' ? error.message : `${message}: ${error.message}`;
}

/** Chooses what of a process's errors is worth a line on the console. */
export class LogDigest {
  private readonly shown = new Map<string, number>();
  private windowStart = Number.NEGATIVE_INFINITY;
  private inWindow = 0;
  private withheld = 0;

  /** @param nowMs any monotonic clock */
  digest(lines: readonly string[], nowMs: number): string[] {
    const report: string[] = [];
    if (nowMs - this.windowStart >= REPEAT_AFTER_MS) {
      if (this.withheld > 0) report.push(`${this.withheld} more errors in its log`);
      this.windowStart = nowMs;
      this.inWindow = 0;
      this.withheld = 0;
      this.shown.clear();
    }
    for (const line of lines) {
      const error = errorIn(line)?.slice(0, MAX_LENGTH);
      if (error === undefined || this.shown.has(error)) continue;
      if (this.inWindow >= PER_MINUTE) {
        this.withheld += 1;
        continue;
      }
      this.inWindow += 1;
      this.shown.set(error, nowMs);
      report.push(error);
    }
    return report;
  }
}
