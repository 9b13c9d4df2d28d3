import { parseDuration } from '@vigil/manifests';
import {
  databaseUrlSetting,
  defineConfig,
  portSetting,
  serviceSettings,
  textSetting,
  type ConfigOf,
} from '@vigil/service';
import { z } from 'zod';

const DAY_MS = 86_400_000;

const retention = {
  env: 'VIGIL_RETENTION',
  schema: z
    .string()
    .transform((text) => parseDuration(text) ?? 0)
    .pipe(z.number().min(DAY_MS)),
  description: 'How long samples are kept. Whole days are dropped.',
  expected: 'a duration of at least one day, for example 30d',
  default: '30d',
} as const;

/** What the collector reads at start. */
export const collectorConfig = defineConfig('collector', {
  ...serviceSettings(
    portSetting('VIGIL_COLLECTOR_PORT', {
      description: 'Port of the HTTP API and the dashboard.',
      default: '8000',
    }),
  ),
  databaseUrl: databaseUrlSetting(),
  instance: textSetting('VIGIL_INSTANCE', {
    description: 'Identifies this installation of Vigil.',
    default: 'default',
  }),
  commandPublicKeyFile: textSetting('VIGIL_COMMAND_PUBLIC_KEY_FILE', {
    description:
      'PEM file with the Ed25519 public key by which agents know commands; handed to them at enrolment. Without it no agent can be enrolled.',
    optional: true,
  }),
  retentionMs: retention,
});
export type CollectorConfig = ConfigOf<typeof collectorConfig>;
