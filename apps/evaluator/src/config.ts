import {
  choiceSetting,
  databaseUrlSetting,
  defineConfig,
  portSetting,
  serviceSettings,
  type ConfigOf,
} from '@vigil/service';

export const evaluatorConfig = defineConfig('evaluator', {
  ...serviceSettings(
    portSetting('VIGIL_EVALUATOR_PORT', {
      description: 'Port of the evaluator: health and metrics.',
      default: '8083',
    }),
  ),
  databaseUrl: databaseUrlSetting(),
  mode: choiceSetting('VIGIL_MODE', ['off', 'observe', 'approve', 'auto'], {
    description:
      'The most that Vigil does by itself. The remediator keeps it; the evaluator uses it to see that what an earlier mode stopped may be tried again.',
    default: 'observe',
  }),
});

export type EvaluatorConfig = ConfigOf<typeof evaluatorConfig>;
