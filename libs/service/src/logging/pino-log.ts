import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import { currentCorrelationId } from '../correlation/correlation.js';
import { Log, type LogFields, type LogLevel } from './log.js';

export interface PinoLogOptions {
  readonly service: string;
  readonly version: string;
  readonly level: LogLevel;
  /** Where lines go. */
  readonly destination: DestinationStream;
}

/** Names under which a secret could slip into the fields of a log line. */
const SECRET_FIELDS = ['password', 'token', 'secret', 'key', 'authorization', 'apiKey', 'pass'];
const REDACTED = SECRET_FIELDS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]);

/** One JSON object per line, with time, level, service, component and correlation id. */
export class PinoLog extends Log {
  private constructor(private readonly logger: Logger) {
    super();
  }

  static create(options: PinoLogOptions): PinoLog {
    const settings = {
      level: options.level,
      base: { service: options.service, version: options.version, pid: process.pid },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label: string) => ({ level: label }) },
      messageKey: 'message',
      errorKey: 'error',
      serializers: { error: stdSerializers.errWithCause },
      redact: { paths: REDACTED, censor: '[redacted]' },
      mixin: () => {
        const correlationId = currentCorrelationId();
        return correlationId === undefined ? {} : { correlationId };
      },
    };
    return new PinoLog(pino(settings, options.destination));
  }

  debug(message: string, fields: LogFields = {}): void {
    this.logger.debug(fields, message);
  }

  info(message: string, fields: LogFields = {}): void {
    this.logger.info(fields, message);
  }

  warn(message: string, fields: LogFields = {}): void {
    this.logger.warn(fields, message);
  }

  error(message: string, error?: unknown, fields: LogFields = {}): void {
    this.logger.error(error === undefined ? fields : { ...fields, error }, message);
  }

  child(component: string): Log {
    return new PinoLog(this.logger.child({ component }));
  }
}
