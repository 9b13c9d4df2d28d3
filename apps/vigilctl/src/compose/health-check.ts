import { hasSecretWord, IN_CLEAR } from '../importing/in-clear.js';
import type { Field } from './field.js';
import { composeDuration } from './units.js';

/** Docker's own, which a Compose file may leave out. */
const DEFAULTS = { interval: '30s', timeout: '30s', retries: 3, start_period: '0s' };

/** The check as one of a manifest, which the agent carries out in the container as the engine does. */
export function healthCheckOf(field: Field): object | undefined {
  if (field.isAbsent || field.get('disable').flag()) return undefined;
  const exec = commandOf(field.get('test'));
  if (exec === undefined) return undefined;
  if (hasSecretWord(exec)) field.get('test').warn(IN_CLEAR);
  for (const [key, item] of field.entries()) {
    if (!['test', 'disable', ...Object.keys(DEFAULTS)].includes(key))
      item.warn(`${key} is left out`);
  }
  const time = (key: 'interval' | 'timeout' | 'start_period') => {
    const given = field.get(key);
    return given.isAbsent ? DEFAULTS[key] : composeDuration(given);
  };
  const retries = field.get('retries');
  return {
    exec,
    interval: time('interval'),
    timeout: time('timeout'),
    failureThreshold: retries.isAbsent ? DEFAULTS.retries : Number(retries.text()),
    startPeriod: time('start_period'),
  };
}

function commandOf(test: Field): string[] | undefined {
  if (test.isAbsent) return undefined;
  if (test.isText) return ['/bin/sh', '-c', test.text()];
  const [kind, ...words] = test.list().map((word) => word.text());
  if (kind === 'NONE') return undefined;
  if (kind === 'CMD') return words;
  if (kind === 'CMD-SHELL') return ['/bin/sh', '-c', words.join(' ')];
  test.warn(`found ${kind ?? 'nothing'}, expected CMD, CMD-SHELL or NONE: no check is carried out`);
  return undefined;
}
