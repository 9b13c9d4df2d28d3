import { z } from 'zod';
import { HOST_LABEL_KEY, HOST_NAME, LABEL_VALUE } from '../names.js';
import { labels, matching } from './fields.js';
import { metadataWithoutNamespace } from './metadata.js';

/** They say which service and which replica a sample is about. */
const OF_SAMPLES: ReadonlySet<string> = new Set(['resource', 'replica']);

const hostLabels = () => {
  const key = matching(HOST_LABEL_KEY, 'a label name of letters, digits and "_"').refine(
    (name) => !OF_SAMPLES.has(name),
    { error: `a label other than ${[...OF_SAMPLES].join(' and ')}, which samples have already` },
  );
  const value = matching(
    LABEL_VALUE,
    'a label value: at most 63 letters, digits, "-", "_" and "." (in quotes when it is a number)',
  );
  return z.record(key, value);
};

export const AuthoredHost = z.strictObject({
  apiVersion: z.literal('vigil.io/v1', { error: '"vigil.io/v1"' }),
  kind: z.literal('Host'),
  metadata: metadataWithoutNamespace(
    matching(HOST_NAME, 'the name of a host, as its agent has it'),
    'a host',
  ).extend({
    labels: labels()
      .refine((given) => Object.keys(given).length === 0, {
        error: 'the labels of a host in spec.labels',
      })
      .default({}),
  }),
  spec: z.strictObject({ labels: hostLabels().default({}) }),
});
export type AuthoredHost = z.output<typeof AuthoredHost>;
