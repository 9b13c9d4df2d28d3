import { z } from 'zod';
import { AuthoredHost } from './authored/host.js';
import { AuthoredBarePolicy, AuthoredPolicy, AuthoredPolicyList } from './authored/policy.js';
import { AuthoredService } from './authored/service.js';
import { AuthoredSource } from './authored/source.js';

/**
 * JSON Schema (draft 7, which editors know) of one manifest document, for completion and checks while
 * writing. It follows from the schemas that {@link parseManifests} reads with; what holds between
 * fields and between manifests, the parser alone knows.
 */
export function manifestJsonSchema(): object {
  const policies = z.array(AuthoredBarePolicy).min(1);
  const document = z.union([
    AuthoredService.meta({ title: 'Service' }),
    AuthoredPolicy.meta({ title: 'Policy' }),
    AuthoredHost.meta({ title: 'Host' }),
    AuthoredSource.meta({ title: 'Source' }),
    AuthoredPolicyList.extend({ policies }).meta({ title: 'List of policies' }),
  ]);
  const schema = z.toJSONSchema(document, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
  });
  return { ...schema, title: 'Vigil manifest' };
}
