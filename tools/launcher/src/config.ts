import {
  defineConfig,
  integerSetting,
  natsUrlSetting,
  textSetting,
  urlSetting,
} from '@vigil/config';
import { z } from 'zod';

/** Of the services; here it has no default. */
const NATS_URL = natsUrlSetting();
const PORT_RANGE = { min: 1, max: 65_535 };

/**
 * What `npm start` reads. Most of it is passed on to the services, which document it; it is read here
 * to look at every port before anything is started, and to know where the services answer.
 */
export const launcherConfig = defineConfig('npm start', {
  home: textSetting('VIGIL_HOME', {
    description: 'All state of this installation: data, keys, logs; in the checkout by default.',
    default: '.vigil',
  }),
  postgresPort: integerSetting('VIGIL_POSTGRES_PORT', PORT_RANGE, {
    description: 'Port of the embedded PostgreSQL; without it a free one, the same at each start.',
    optional: true,
  }),
  natsPort: integerSetting('VIGIL_NATS_PORT', PORT_RANGE, {
    description: 'Port of the embedded nats-server; without it a free one, the same at each start.',
    optional: true,
  }),
  databaseUrl: urlSetting('DATABASE_URL', ['postgres', 'postgresql'], {
    description: 'A PostgreSQL to use instead of the embedded one.',
    optional: true,
    secret: true,
  }),
  natsUrl: {
    env: 'NATS_URL',
    schema: NATS_URL.schema,
    expected: NATS_URL.expected,
    description: 'NATS servers to use instead of the embedded one.',
    optional: true,
    secret: true,
  },
  manifests: textSetting('VIGIL_MANIFESTS', {
    description: 'Directory or local Git repository with the desired state.',
    default: 'manifests',
  }),
  bind: textSetting('VIGIL_BIND', {
    description: 'Address that the services listen on.',
    default: '127.0.0.1',
  }),
  collectorPort: integerSetting('VIGIL_COLLECTOR_PORT', PORT_RANGE, {
    description: 'Port of the collector.',
    default: '8000',
  }),
  remediatorPort: integerSetting('VIGIL_REMEDIATOR_PORT', PORT_RANGE, {
    description: 'Port of the remediator.',
    default: '8081',
  }),
  gitopsdPort: integerSetting('VIGIL_GITOPSD_PORT', PORT_RANGE, {
    description: 'Port of gitopsd.',
    default: '8082',
  }),
  evaluatorPort: integerSetting('VIGIL_EVALUATOR_PORT', PORT_RANGE, {
    description: 'Port of the evaluator.',
    default: '8083',
  }),
  agentPort: {
    env: 'VIGIL_AGENT_PORT',
    schema: z
      .string()
      .regex(/^(off|\d{1,5})$/)
      // the agent chooses a port itself, or has none: then there is nothing to look at beforehand
      .transform((text) => (text === 'off' || Number(text) === 0 ? undefined : Number(text)))
      .pipe(z.number().max(PORT_RANGE.max).optional()),
    expected: 'a port from 0 to 65535 (0: any free one), or off',
    description: 'Port of the agent.',
    default: '9101',
  },
  agentHome: textSetting('VIGIL_AGENT_HOME', {
    description: 'Where the agent keeps its state; without it `agent` in `VIGIL_HOME`.',
    optional: true,
  }),
  agentHost: textSetting('VIGIL_AGENT_HOST', {
    description: 'The name under which this host is known; without it the name of the system.',
    optional: true,
  }),
});
