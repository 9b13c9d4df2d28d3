import { z } from 'zod';
import { type POLICY_ACTION_ALIASES, RequestableAction, Severity } from '../policy.js';
import { Mode } from '../service.js';
import { duration, matchLabels, resourceReference, text, wholeNumber } from './fields.js';
import { AuthoredMetadata, namespaceName, resourceName } from './metadata.js';

const condition = () => text('a condition such as cpu_usage > 80% for 5m');

const ALIASES = [
  'restart_service',
  'scale_up',
  'scale_down',
] as const satisfies readonly (keyof typeof POLICY_ACTION_ALIASES)[];

const specFields = {
  condition: condition(),
  severity: Severity.default('warning'),
  action: z.enum([...RequestableAction.options, ...ALIASES]),
  scaleBy: wholeNumber(-1_000, 1_000, 'a whole number of replicas to add').optional(),
  target: resourceReference().optional(),
  namespace: namespaceName().optional(),
  selector: matchLabels().optional(),
  mode: Mode.optional(),
  clears: condition().optional(),
  keepFiringFor: duration().optional(),
  verify: z.strictObject({ condition: condition(), within: duration(1) }).optional(),
};

export const AuthoredPolicySpec = z.strictObject(specFields);
export type AuthoredPolicySpec = z.output<typeof AuthoredPolicySpec>;

export const AuthoredPolicy = z.strictObject({
  apiVersion: z.literal('vigil.io/v1', { error: '"vigil.io/v1"' }),
  kind: z.literal('Policy'),
  metadata: AuthoredMetadata,
  spec: AuthoredPolicySpec,
});
export type AuthoredPolicy = z.output<typeof AuthoredPolicy>;

/** An entry of the bare `policies:` list; its `namespace` names it and restricts it. */
export const AuthoredBarePolicy = z.strictObject({ name: resourceName(), ...specFields });
export type AuthoredBarePolicy = z.output<typeof AuthoredBarePolicy>;

/** The bare list; its entries are read one by one. */
export const AuthoredPolicyList = z.strictObject({
  apiVersion: z.literal('vigil.io/v1', { error: '"vigil.io/v1"' }).optional(),
  policies: z
    .array(z.unknown(), { error: 'a list of policies' })
    .min(1, { error: 'at least one policy' })
    .max(10_000, { error: 'at most 10000 policies' }),
});
