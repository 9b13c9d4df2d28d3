import { LOG_LEVELS, type Log, type LogFields, type LogLevel } from './log.js';

export interface JsonLogOptions {
  readonly level: LogLevel;
  readonly version: string;
  readonly component?: string;
  /** Takes one line without its line end; default: standard output. */
  readonly write?: (line: string) => void;
}

/**
 * One JSON object per line, with the field names that the other services have. Its own few lines
 * instead of pino, which would cost the agent 3 MB of resident memory.
 */
export function jsonLog(options: JsonLogOptions): Log {
  const write = options.write ?? ((line) => process.stdout.write(`${line}\n`));
  const least = LOG_LEVELS.indexOf(options.level);
  const line = (level: LogLevel, message: string, fields: LogFields = {}) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    write(
      JSON.stringify({
        level,
        time: new Date().toISOString(),
        service: 'agent',
        version: options.version,
        pid: process.pid,
        ...(options.component === undefined ? {} : { component: options.component }),
        ...fields,
        message,
      }),
    );
  };
  return {
    debug: (message, fields) => line('debug', message, fields),
    info: (message, fields) => line('info', message, fields),
    warn: (message, fields) => line('warn', message, fields),
    error: (message, error, fields) =>
      line('error', message, error === undefined ? fields : { ...fields, error: asFields(error) }),
    child: (component) => jsonLog({ ...options, component }),
  };
}

function asFields(error: unknown, depth = 0): LogFields {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    type: error.name,
    message: error.message,
    ...('code' in error ? { code: error.code } : {}),
    stack: error.stack,
    ...(error.cause === undefined || depth >= 4 ? {} : { cause: asFields(error.cause, depth + 1) }),
  };
}
