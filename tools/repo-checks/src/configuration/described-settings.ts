import { describeConfig, type ConfigDefinition, type SettingDescription } from '@vigil/config';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectPaths, WORKSPACE } from '../workspace.js';

/** What every app, and the launcher, can be told: the schemas in their `src/config.ts`. */
export async function describedSettings(): Promise<SettingDescription[]> {
  const files = projectPaths()
    .map((project) => join(WORKSPACE, project, 'src/config.ts'))
    .filter((path) => existsSync(path));
  const definitions = await Promise.all(files.map(definitionIn));
  const settings = definitions.flat().flatMap((definition) => describeConfig(definition));
  // what the launcher reads only to pass it on is explained by the service that it is for
  const ofServices = new Set(settings.filter(isOfService).map(({ env }) => env));
  return settings.filter((setting) => isOfService(setting) || !ofServices.has(setting.env));
}

function isOfService({ service }: SettingDescription): boolean {
  return service !== 'npm start';
}

async function definitionIn(path: string): Promise<ConfigDefinition[]> {
  const module: unknown = await import(pathToFileURL(path).href);
  return typeof module === 'object' && module !== null
    ? Object.values(module).filter(isDefinition)
    : [];
}

function isDefinition(value: unknown): value is ConfigDefinition {
  return typeof value === 'object' && value !== null && 'service' in value && 'settings' in value;
}
