import type { SettingDescription } from '@vigil/config';

/** One variable, and the services that read it with the same meaning. */
export interface Variable extends Omit<SettingDescription, 'service' | 'name'> {
  readonly services: readonly string[];
}

/** Merges what is the same for several services; keeps the order of first mention. */
export function variablesOf(settings: readonly SettingDescription[]): Variable[] {
  const variables = new Map<string, Variable>();
  for (const { service, name: _name, ...description } of settings) {
    const key = JSON.stringify(description);
    const known = variables.get(key);
    variables.set(key, { ...description, services: [...(known?.services ?? []), service] });
  }
  return [...variables.values()];
}
