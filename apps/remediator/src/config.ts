import {
  choiceSetting,
  databaseUrlSetting,
  defineConfig,
  portSetting,
  serviceSettings,
  textSetting,
  type ConfigOf,
} from '@vigil/service';

/** What the remediator reads at start. */
export const remediatorConfig = defineConfig('remediator', {
  ...serviceSettings(
    portSetting('VIGIL_REMEDIATOR_PORT', {
      description: 'Port of the remediator: health and metrics.',
      default: '8081',
    }),
  ),
  databaseUrl: databaseUrlSetting(),
  mode: choiceSetting('VIGIL_MODE', ['off', 'observe', 'approve', 'auto'], {
    description:
      'The most that Vigil does by itself: nothing, plans only, what a person approves, or everything that the gates let pass.',
    default: 'observe',
  }),
  signingKeyFile: textSetting('VIGIL_COMMAND_SIGNING_KEY_FILE', {
    description: 'PEM file (PKCS #8) with the Ed25519 key that signs the commands to agents.',
  }),
});

export type RemediatorConfig = ConfigOf<typeof remediatorConfig>;
