import { z } from 'zod';
import { Metadata, Mode } from './service.js';

export const Severity = z.enum(['info', 'warning', 'critical']);
export type Severity = z.infer<typeof Severity>;

/** What an action does to its target; policy files may also use the names of {@link POLICY_ACTION_ALIASES}. */
export const ActionName = z.enum([
  'start',
  'stop',
  'restart',
  'scale',
  'update',
  'adopt',
  'notify',
]);
export type ActionName = z.infer<typeof ActionName>;

/** What policies and people may ask for; `adopt` follows from a manifest alone. */
export const RequestableAction = ActionName.exclude(['adopt']);
export type RequestableAction = z.infer<typeof RequestableAction>;

/** Names from the policy examples: `restart_service` is `restart`, `scale_up` is `scale` by +1. */
export const POLICY_ACTION_ALIASES = {
  restart_service: { action: 'restart' },
  scale_up: { action: 'scale', scaleBy: 1 },
  scale_down: { action: 'scale', scaleBy: -1 },
} as const satisfies Record<string, { action: RequestableAction; scaleBy?: number }>;

/** Canonical form of one policy; conditions stay text, checked by `libs/policy` when loaded. */
export const Policy = z.strictObject({
  apiVersion: z.literal('vigil.io/v1'),
  kind: z.literal('Policy'),
  metadata: Metadata,
  spec: z.strictObject({
    condition: z.string(),
    severity: Severity,
    action: RequestableAction,
    /** With action `scale`: replicas to add (negative: to remove). */
    scaleBy: z.number().int().optional(),
    /** A resource id; absent: the `resource` label of the series that meets the condition. */
    target: z.string().optional(),
    /** Restricts the policy to resources of one namespace. */
    namespace: z.string().optional(),
    selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }).optional(),
    mode: Mode.optional(),
    clears: z.string().optional(),
    keepFiringForMs: z.number().int().nonnegative().optional(),
    verify: z
      .strictObject({ condition: z.string(), withinMs: z.number().int().positive() })
      .optional(),
  }),
});
export type Policy = z.infer<typeof Policy>;
