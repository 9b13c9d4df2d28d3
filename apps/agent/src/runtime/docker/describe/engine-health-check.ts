import type { EngineHealthCheck } from '@vigil/contracts';
import type { ContainerDetails, Healthcheck } from '../engine/container-details.js';

/**
 * What the engine does where a check says nothing
 * (https://docs.docker.com/reference/dockerfile/#healthcheck).
 */
const DEFAULTS = { intervalMs: 30_000, timeoutMs: 30_000, retries: 3 };
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** The check that the engine carries out on a container, its image's included; undefined: none. */
export function engineHealthCheck({
  Healthcheck: check,
  Shell,
}: ContainerDetails['Config']): EngineHealthCheck | undefined {
  if (check === undefined || check === null) return undefined;
  const command = commandOf(check, Shell);
  if (command === undefined) return undefined;
  return {
    command,
    intervalMs: milliseconds(check.Interval) || DEFAULTS.intervalMs,
    timeoutMs: milliseconds(check.Timeout) || DEFAULTS.timeoutMs,
    startPeriodMs: milliseconds(check.StartPeriod),
    retries: check.Retries > 0 ? check.Retries : DEFAULTS.retries,
  };
}

function commandOf({ Test }: Healthcheck, shell: readonly string[]): string[] | undefined {
  const [kind, ...words] = Test;
  if (words.length === 0) return undefined;
  if (kind === 'CMD') return words;
  if (kind !== 'CMD-SHELL') return undefined;
  return [...(shell.length > 0 ? shell : DEFAULT_SHELL), words.join(' ')];
}

/** At least one, unless there is none at all: 0 stands for the default. */
function milliseconds(nanoseconds: number): number {
  return nanoseconds > 0 ? Math.max(1, Math.round(nanoseconds / 1e6)) : 0;
}
