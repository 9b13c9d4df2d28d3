import { samples, type Collector } from './collector.js';

/** `uptime_seconds`: since the host was booted. */
export function uptime(seconds: () => number): Collector {
  return {
    name: 'uptime',
    collect: () => samples({ name: 'uptime_seconds', value: seconds() }),
  };
}
