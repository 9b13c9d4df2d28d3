import { describeConfig, type ConfigDefinition, type SettingDescription } from '@vigil/service';
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
  return definitions.flat().flatMap((definition) => describeConfig(definition));
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
