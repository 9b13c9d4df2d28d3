import { parseResourceId, type ResourceId as Id } from '@vigil/manifests';
import { z } from 'zod';

/** Unix time in milliseconds. */
export const UnixMs = z.number().int().nonnegative();

/** `namespace/Kind/name`; also accepts `namespace/name` (a Service) and any case of the kind. */
export const ResourceIdField = z.string().transform((text, context): Id => {
  const id = parseResourceId(text);
  if (id !== undefined) return id;
  context.addIssue({
    code: 'custom',
    message: `found ${JSON.stringify(text)}, expected namespace/kind/name or namespace/name`,
  });
  return z.NEVER;
});

/** Identifies everything that follows from one cause: samples, drift, decision, action, outcome. */
export const CorrelationId = z.string().min(1).max(128);

export const HostName = z
  .string()
  .regex(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,251}[A-Za-z0-9])?$/, 'expected a host name');

/** The SHA-256 of a canonical manifest, in lower-case hex. */
export const Digest = z.string().regex(/^[0-9a-f]{64}$/, 'expected a SHA-256 in hex');

/** Label names as Prometheus has them; values are free text. */
export const Labels = z.record(
  z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, 'expected a label name ([a-zA-Z_][a-zA-Z0-9_]*)'),
  z.string().max(1024),
);
export type Labels = z.infer<typeof Labels>;
