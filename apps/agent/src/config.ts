import {
  choiceSetting,
  defineConfig,
  textSetting,
  urlSetting,
  type ConfigOf,
  type KnownVariable,
} from '@vigil/config';
import { HostName } from '@vigil/contracts';
import { parseDuration, parseQuantity } from '@vigil/manifests';
import { z } from 'zod';

const DAY_MS = 86_400_000;
const MIB = 1024 ** 2;
const OPERATIONS = ['start', 'stop', 'restart', 'reconfigure', 'adopt', 'release'] as const;

/** What the agent reads at start: environment `VIGIL_…`, or the YAML file of `--config`. */
export const agentConfig = defineConfig('agent', {
  collectorUrl: urlSetting('VIGIL_COLLECTOR_URL', ['http', 'https'], {
    description: 'The collector that this agent reports to and is commanded by.',
    default: 'http://127.0.0.1:8000',
  }),
  enrolToken: textSetting('VIGIL_ENROLL_TOKEN', {
    description:
      'One-time token from `POST /agents/tokens`, for the first start, and for an agent whose key is refused: the file is looked at again then.',
    secret: true,
    optional: true,
  }),
  vigilHome: textSetting('VIGIL_HOME', {
    description: 'Where the installation keeps its state.',
    default: '.vigil',
  }),
  home: textSetting('VIGIL_AGENT_HOME', {
    description:
      'Where the agent keeps its key, its state, its spool and the output of processes; without it `agent` in `VIGIL_HOME`.',
    optional: true,
  }),
  host: {
    env: 'VIGIL_AGENT_HOST',
    schema: HostName,
    expected: 'a host name',
    description: 'The name under which this host is known; without it the name of the system.',
    optional: true,
  },
  port: {
    env: 'VIGIL_AGENT_PORT',
    schema: z.union([z.string(), z.number()]).transform((value, context) => portOf(value, context)),
    expected: 'a port from 0 to 65535 (0: any free one), or off',
    description: 'Port of the agent: its own metrics for Prometheus, and probes; `off` for none.',
    default: '9101',
  },
  bind: textSetting('VIGIL_BIND', {
    description: 'Address that the agent listens on.',
    default: '127.0.0.1',
  }),
  logLevel: choiceSetting('VIGIL_LOG_LEVEL', ['debug', 'info', 'warn', 'error'], {
    description: 'The least important messages that are logged.',
    default: 'info',
  }),
  metricsIntervalMs: durationSetting('VIGIL_METRICS_INTERVAL', 100, 3_600_000, {
    description: 'How often the host is measured.',
    expected: 'a duration from 100ms to 1h',
    default: '10s',
  }),
  spoolBytes: sizeSetting('VIGIL_SPOOL_SIZE', 4 * MIB, {
    description: 'Batches that cannot be delivered are kept up to this size; the oldest go first.',
    expected: 'a size of at least 4Mi, for example 1Gi',
    default: '1Gi',
  }),
  spoolAgeMs: durationSetting('VIGIL_SPOOL_AGE', 60_000, 365 * DAY_MS, {
    description: 'Batches that cannot be delivered are kept this long.',
    expected: 'a duration from 1m to 365d',
    default: '7d',
  }),
  allowedActions: {
    env: 'VIGIL_ALLOWED_ACTIONS',
    schema: z
      .union([
        z.string().transform((text) => text.split(',').map((word) => word.trim())),
        z.array(z.string()),
      ])
      .transform((words) => words.filter((word) => word !== 'none'))
      .pipe(z.array(z.enum(OPERATIONS)))
      .transform((operations) => operations.join(',')),
    expected: `some of ${OPERATIONS.join(', ')}, separated by commas, or none`,
    description: 'What commands may do on this host, however well they are signed.',
    default: OPERATIONS.join(','),
  },
  portRange: {
    env: 'VIGIL_PORT_RANGE',
    schema: z
      .string()
      .regex(/^\d{1,5}-\d{1,5}$/)
      .refine((text) => {
        const { from, to } = portRangeOf(text);
        return from >= 1 && to <= 65_535 && from <= to;
      }),
    expected: 'two ports, for example 20000-29999',
    description: 'Host ports that are assigned to processes whose manifest fixes none.',
    default: '20000-29999',
  },
  dockerHost: {
    env: 'VIGIL_DOCKER_HOST',
    schema: z.string().regex(/^(off|unix:\/\/\/.+|\/.+)$/),
    expected: 'unix:// with the path of a socket, or off',
    description:
      'The container engine of this host, Docker or Podman; without it what `DOCKER_HOST` names, or the usual socket.',
    optional: true,
  },
  outputBytes: sizeSetting('VIGIL_OUTPUT_SIZE', 4096, {
    description: 'The output file of a process is rotated at this size; one older file is kept.',
    expected: 'a size of at least 4Ki, for example 10Mi',
    default: '10Mi',
  }),
});
export type AgentConfig = ConfigOf<typeof agentConfig>;

/** The operations that `VIGIL_ALLOWED_ACTIONS` names. */
export function allowedOperations(config: AgentConfig): Set<(typeof OPERATIONS)[number]> {
  const allowed = new Set(config.allowedActions.split(','));
  return new Set(OPERATIONS.filter((operation) => allowed.has(operation)));
}

/** Both ends of `VIGIL_PORT_RANGE`, inclusive. */
export function portRangeOf(text: string): { readonly from: number; readonly to: number } {
  const [from = 0, to = 0] = text.split('-').map(Number);
  return { from, to };
}

interface Described<Default extends string> {
  readonly description: string;
  readonly expected: string;
  readonly default: Default;
}

function durationSetting<const Env extends KnownVariable, const Default extends string>(
  env: Env,
  min: number,
  max: number,
  described: Described<Default>,
) {
  const schema = z
    .string()
    .transform((text) => parseDuration(text) ?? -1)
    .pipe(z.number().min(min).max(max));
  return { env, schema, ...described };
}

function sizeSetting<const Env extends KnownVariable, const Default extends string>(
  env: Env,
  min: number,
  described: Described<Default>,
) {
  const schema = z
    .union([z.string(), z.number()])
    .transform((size) => Number((parseQuantity(String(size)) ?? 0n) / 1_000_000_000n))
    .pipe(z.number().min(min).max(Number.MAX_SAFE_INTEGER));
  return { env, schema, ...described };
}

function portOf(value: string | number, context: z.RefinementCtx): number | undefined {
  if (value === 'off') return undefined;
  const port = /^\d{1,5}$/.test(String(value)) ? Number(value) : Number.NaN;
  if (port <= 65_535) return port;
  context.addIssue({ code: 'custom', message: 'expected a port' });
  return z.NEVER;
}
