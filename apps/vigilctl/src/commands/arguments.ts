import { parseDuration, parseResourceId } from '@vigil/manifests';
import { InvalidArgumentError } from 'commander';

/** Reads a resource id as people write it, into its full form. */
export function resourceArgument(text: string): string {
  const id = parseResourceId(text);
  if (id === undefined) {
    throw new InvalidArgumentError('expected namespace/kind/name or namespace/name');
  }
  return id;
}

export function wholeNumberArgument(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

/** Checks a duration, and leaves it as it was written. */
export function durationArgument(text: string): string {
  const ms = parseDuration(text);
  if (ms === undefined || ms === 0) {
    throw new InvalidArgumentError('expected a duration such as 30m or 2h');
  }
  return text;
}
