import { z } from 'zod';
import { defineRequest } from './contract.js';
import { ManifestError } from './manifests-rejected.js';

/** Fetch a source now, and answer when the newest revision was tried. */
export const SourceSync = defineRequest(
  'vigil.sources.sync',
  z.object({ source: z.string(), actor: z.string(), correlationId: z.string() }),
  z.discriminatedUnion('outcome', [
    z.object({
      outcome: z.literal('applied'),
      revision: z.string(),
      changed: z.boolean(),
    }),
    z.object({
      outcome: z.literal('rejected'),
      revision: z.string(),
      inForce: z.string().optional(),
      errors: z.array(ManifestError),
    }),
    z.object({ outcome: z.literal('unavailable'), message: z.string() }),
    z.object({ outcome: z.literal('unknown-source'), known: z.array(z.string()) }),
  ]),
);
