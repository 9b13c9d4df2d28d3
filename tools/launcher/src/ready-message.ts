import { relative } from 'node:path';
import type { HomeLayout } from './home.js';
import { urlOf, type Settings } from './settings.js';

/** The last lines of a start: where everything is, and what to do with it. */
export function readyMessage(settings: Settings, home: HomeLayout, directory: string): string[] {
  const url = urlOf(settings, 'collector');
  const near = (path: string): string => {
    const short = relative(directory, path);
    return short === '' || short.startsWith('..') ? path : short;
  };
  return [
    '',
    `  API         ${url}   (${url}/docs)`,
    `  Admin key   ${near(home.adminKey)}`,
    `  Manifests   ${near(settings.manifests)}`,
    `  Logs        ${near(home.logs)}`,
    '',
    '  Try next    npx vigilctl status        what runs, and what should',
    '              npx vigilctl actions       what was repaired, and why',
    '              kill a process of a service, or edit a manifest, and look again',
    '',
    '  Ctrl-C stops everything.',
    '',
  ];
}
