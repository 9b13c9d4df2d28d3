import type { LoggerService } from '@nestjs/common';
import type { Log } from './log.js';

/** Nest's own messages in our log: its start-up chatter as `debug`, the rest as it is. */
export class NestLogger implements LoggerService {
  constructor(private readonly root: Log) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.component(rest).debug(String(message));
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.component(rest).debug(String(message));
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.component(rest).debug(String(message));
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.component(rest).warn(String(message));
  }

  error(message: unknown, ...rest: unknown[]): void {
    if (message instanceof Error) {
      this.component(rest).error(message.message, message);
      return;
    }
    const [stack] = rest;
    const fields = typeof stack === 'string' && stack.includes('\n') ? { stack } : {};
    this.component(rest).error(String(message), undefined, fields);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.error(message, ...rest);
  }

  /** Nest passes the name of the class that logs as the last argument. */
  private component(rest: readonly unknown[]): Log {
    const context = rest.at(-1);
    return typeof context === 'string' && !context.includes('\n')
      ? this.root.child(context)
      : this.root;
  }
}
