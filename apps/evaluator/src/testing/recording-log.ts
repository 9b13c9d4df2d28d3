import { SilentLog, type Log, type LogFields } from '@vigil/service';

export interface LogLine {
  readonly level: 'info' | 'warn';
  readonly message: string;
  readonly fields: LogFields;
}

/** Keeps the lines of levels `info` and `warn`, also those of its children. */
export class RecordingLog extends SilentLog {
  readonly lines: LogLine[] = [];

  override info(message = '', fields: LogFields = {}): void {
    this.lines.push({ level: 'info', message, fields });
  }

  override warn(message = '', fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', message, fields });
  }

  override child(): Log {
    return this;
  }

  about(correlationId: string): LogLine[] {
    return this.lines.filter(({ fields }) => fields['correlationId'] === correlationId);
  }
}
