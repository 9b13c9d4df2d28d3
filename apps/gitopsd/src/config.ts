import {
  databaseUrlSetting,
  defineConfig,
  portSetting,
  serviceSettings,
  textSetting,
  type ConfigOf,
  type Setting,
} from '@vigil/service';
import { parseDuration } from '@vigil/manifests';
import { z } from 'zod';

const pollInterval = z
  .union([z.string(), z.number()])
  .transform((value) => parseDuration(String(value)))
  .pipe(z.number().min(100));

export const GitopsdConfig = defineConfig('gitopsd', {
  ...serviceSettings(
    portSetting('VIGIL_GITOPSD_PORT', {
      description: 'Port of the HTTP server of gitopsd.',
      default: '8082',
    }),
  ),
  databaseUrl: databaseUrlSetting(),
  manifests: textSetting('VIGIL_MANIFESTS', {
    description:
      'Directory, or local Git repository (bare or not), with the manifests of the source `default`.',
    default: 'manifests',
  }),
  home: textSetting('VIGIL_HOME', {
    description: 'Directory for state; repositories of servers are kept in its folder `gitopsd`.',
    default: '.vigil',
  }),
  gitPollIntervalMs: {
    env: 'VIGIL_GIT_POLL_INTERVAL',
    schema: pollInterval,
    expected: 'a duration of at least 100ms, such as 120s or 5m',
    description:
      'How often a Git source is looked at even when nothing announces a commit; up to half of it, at most 60 s, is added at random.',
    default: '120s',
  } satisfies Setting,
});
export type GitopsdConfig = ConfigOf<typeof GitopsdConfig>;
