import { z } from 'zod';
import { HealthStatus } from '../kv.js';
import { DurationParam, Instant } from './time.js';

const ControlView = z.object({ reason: z.string(), actor: z.string(), at: Instant });
const EndingControlView = ControlView.extend({
  until: Instant.optional().describe('When it ends by itself.'),
});

export const SystemView = z.object({
  version: z.string(),
  instance: z.string(),
  stopped: ControlView.nullable().describe('Set while stop-the-world holds.'),
  controlsKnown: z
    .boolean()
    .describe(
      'False while it is not known what people have stopped, because NATS lost it and it is not restored yet: nothing acts.',
    ),
  suspendedSources: z.array(ControlView.extend({ source: z.string() })),
  suspendedResources: z.array(EndingControlView.extend({ resource: z.string() })),
  agents: z.object({ enrolled: z.number().int(), connected: z.number().int() }),
});
export type SystemView = z.infer<typeof SystemView>;

/** `POST /manifests/…/suspend`. */
export const SuspendBody = z.strictObject({
  reason: z.string().trim().min(1).max(1000),
  expiresAfter: DurationParam.optional().describe(
    'After how long it ends by itself, as `2h`. Absent: when it is resumed.',
  ),
});

export const StopBody = z.strictObject({ reason: z.string().trim().min(1).max(1000) });

/** How far a switch has got. A request that got nowhere is answered with 503. */
export const SwitchOutcome = z.object({
  inForce: z
    .boolean()
    .describe(
      'NATS has it: every part knows within a second. False: NATS is away, and it is put in force as soon as NATS is back.',
    ),
  durable: z
    .boolean()
    .describe(
      'PostgreSQL has it: it survives a NATS that loses its data. False: PostgreSQL is away, and it is recorded as soon as PostgreSQL is back.',
    ),
});
export type SwitchOutcome = z.infer<typeof SwitchOutcome>;

/** How far it has got, and which agents know about it. */
export const StopOutcome = SwitchOutcome.extend({
  stopped: z.boolean(),
  acknowledged: z.array(z.string()).describe('Hosts whose agent confirmed it within a second.'),
  unreached: z
    .array(z.string())
    .describe('Enrolled hosts whose agent did not; each is told as soon as it connects.'),
});
export type StopOutcome = z.infer<typeof StopOutcome>;

export const ComponentView = z.object({
  status: HealthStatus,
  latencyMs: z.number().optional(),
  detail: z.string().optional(),
});

export const HealthView = z.object({
  status: HealthStatus,
  version: z.string(),
  uptimeSeconds: z.number(),
  components: z.record(z.string(), ComponentView),
});
export type HealthView = z.infer<typeof HealthView>;

/** What `GET /stream` can be narrowed to. */
export const StreamTopic = z.enum([
  'drift',
  'alerts',
  'actions',
  'decisions',
  'manifests',
  'resources',
  'agents',
]);
export type StreamTopic = z.infer<typeof StreamTopic>;

export const StreamQuery = z.strictObject({
  topics: z
    .string()
    .max(256)
    .transform((text) => text.split(',').filter((topic) => topic !== ''))
    .pipe(z.array(StreamTopic).min(1))
    .optional()
    .describe('Separated by commas; absent: all of them.'),
  lastEventId: z
    .string()
    .max(128)
    .optional()
    .describe('As the header `Last-Event-ID`, for clients that cannot set it.'),
});
