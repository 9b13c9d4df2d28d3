import { z } from 'zod';
import { NAMESPACE_NAME, RESOURCE_NAME } from '../names.js';
import { labels, matching } from './fields.js';

export const resourceName = () =>
  matching(RESOURCE_NAME, 'a name of lower-case letters, digits, "-" and "." (at most 253)');

export const namespaceName = () =>
  matching(NAMESPACE_NAME, 'a namespace of lower-case letters, digits and "-" (at most 63)');

export const DEFAULT_NAMESPACE = 'default';

export const AuthoredMetadata = z.strictObject({
  name: resourceName(),
  namespace: namespaceName().default(DEFAULT_NAMESPACE),
  labels: labels().default({}),
});

/** Of a kind that belongs to no namespace; `what` names one of it, with its article. */
export const metadataWithoutNamespace = <Name extends z.ZodType>(name: Name, what: string) =>
  z.strictObject({
    name,
    namespace: z
      .literal(DEFAULT_NAMESPACE, { error: `no namespace: ${what} belongs to none` })
      .default(DEFAULT_NAMESPACE),
    labels: labels().default({}),
  });
