import { z } from 'zod';
import { ENV_NAME, RESERVED_LABEL_PREFIX } from '../names.js';
import { quantityToNumber, quantityToWhole } from '../quantity.js';
import { Mode, PullPolicy, Runtime } from '../service.js';
import { argv } from './argv.js';
import {
  duration,
  flag,
  matchLabels,
  matching,
  quantity,
  resourceReference,
  text,
  wholeNumber,
} from './fields.js';
import { AuthoredHealthCheck } from './health-check.js';
import { AuthoredMetadata } from './metadata.js';
import { authoredPort } from './port.js';
import { absolutePath, envValue, plainText, secretRef } from './secret-ref.js';

const containerLabel = () =>
  text('the name of a label').refine((name) => !name.startsWith(RESERVED_LABEL_PREFIX), {
    error: `a label outside ${RESERVED_LABEL_PREFIX}, which belongs to Vigil`,
  });

/** Also with `CAP_` before it, as the kernel writes them. */
const capabilities = () =>
  z
    .array(
      matching(/^(?:CAP_)?[A-Z][A-Z_]*$/, 'a capability such as NET_ADMIN').transform((name) =>
        name.replace(/^CAP_/, ''),
      ),
    )
    .min(1, { error: 'at least one capability' });

const UNAVAILABLE = 'a number of replicas from 1, or a percentage such as "25%"';
const percentage = () => matching(/^(?:[1-9]\d?|100)%$/, UNAVAILABLE);

const AuthoredRemediation = z.strictObject({
  mode: Mode.optional(),
  restartThreshold: wholeNumber(1, 1_000).default(3),
  cooldownPeriod: duration().prefault('5m'),
  maxUnavailable: z
    .union([wholeNumber(1, 10_000), percentage()], {
      error: UNAVAILABLE,
    })
    .default(1),
  killAfter: duration().prefault('200ms'),
  stableAfter: duration().prefault('30s'),
  // optional, so that it can be told who relies on it
  maxRestarts: wholeNumber(0, 10_000).optional().meta({ default: 5 }),
});

const replicaCount = () => wholeNumber(0, 10_000, 'a whole number of replicas');

/** `spec` of a Service as people write it; the defaults are those of the documentation's table. */
export const AuthoredServiceSpec = z.strictObject({
  runtime: Runtime.default('docker'),
  placement: z
    .strictObject({
      hosts: matchLabels().optional(),
      spread: flag().default(true),
      reschedule: flag().default(false),
    })
    .optional(),
  replicas: replicaCount().default(1),
  scale: z.strictObject({ min: replicaCount(), max: replicaCount() }).optional(),
  image: matching(/^[^\s]+$/, 'an image such as nginx:1.27').optional(),
  unit: matching(/^[A-Za-z0-9:_.@\\-]{1,255}$/, 'a systemd unit such as nginx.service').optional(),
  command: argv('a command as a list, such as [node, server.js]').optional(),
  entrypoint: argv('an entrypoint as a list, such as [/entrypoint.sh]').optional(),
  user: z
    .union([text('a user'), z.number().int().nonnegative()], { error: 'a user name or number' })
    .transform(String)
    .optional(),
  workingDir: absolutePath('an absolute path').optional(),
  env: z.record(matching(ENV_NAME, 'the name of a variable, without "="'), envValue()).default({}),
  ports: z.array(authoredPort()).max(100, { error: 'at most 100 ports' }).default([]),
  volumes: z
    .array(
      matching(
        /^[^:\s]+:\/[^:]*(?::(?:ro|rw))?$/,
        'a volume such as web-data:/var/www or /srv/www:/var/www:ro',
      ),
    )
    .default([]),
  pullPolicy: PullPolicy.optional(),
  imagePullSecret: secretRef().optional(),
  networks: z
    .array(matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/, 'the name of a network'))
    .min(1, { error: 'at least one network' })
    .max(50, { error: 'at most 50 networks' })
    .optional(),
  labels: z.record(containerLabel(), plainText()).optional(),
  capabilities: z
    .strictObject({ add: capabilities().optional(), drop: capabilities().optional() })
    .optional(),
  readOnly: flag().optional(),
  logging: z
    .strictObject({
      driver: matching(/^[A-Za-z0-9][A-Za-z0-9_.:/-]*$/, 'a logging driver such as json-file'),
      options: z.record(text('the name of an option'), plainText()).default({}),
    })
    .optional(),
  adopt: z
    .array(matching(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, 'the name of a container'))
    .min(1, { error: 'at least one container' })
    .optional(),
  resources: z
    .strictObject({
      cpu: quantity('a quantity of CPU above 0, such as 500m or 0.5', quantityToNumber).optional(),
      memory: quantity(
        'a quantity of memory above 0, such as 512Mi or 1Gi',
        quantityToWhole,
      ).optional(),
    })
    .optional(),
  stopGracePeriod: duration().prefault('10s'),
  healthCheck: AuthoredHealthCheck.optional(),
  dependsOn: z.array(resourceReference()).default([]),
  remediation: AuthoredRemediation.prefault({}),
  drift: z
    .strictObject({
      ignore: z
        .array(
          matching(/^(?:\/(?:[^~/]|~[01])*)+$/, 'a JSON Pointer such as /env/BUILD_ID or /ports/*'),
        )
        .default([]),
    })
    .prefault({}),
  prune: flag().default(false),
});
export type AuthoredServiceSpec = z.output<typeof AuthoredServiceSpec>;

export const AuthoredService = z.strictObject({
  apiVersion: z.literal('vigil.io/v1', { error: '"vigil.io/v1"' }),
  kind: z.literal('Service'),
  metadata: AuthoredMetadata,
  spec: AuthoredServiceSpec,
});
export type AuthoredService = z.output<typeof AuthoredService>;
