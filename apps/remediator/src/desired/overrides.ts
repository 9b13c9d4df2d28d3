import { Injectable } from '@nestjs/common';
import { DesiredStateBucket, desiredStateKey, type ActionRequest } from '@vigil/contracts';
import { Buckets } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { ManifestArchive } from './manifest-archive.js';
import {
  overrideAfter,
  overrideBefore,
  type OverrideChange,
  type OverrideInput,
} from './override-change.js';

/**
 * Writes what an action changes in the effective desired state: without that, its own result would be
 * drift. Only ever called under the lock of the resource, and safe to repeat.
 */
@Injectable()
export class Overrides {
  constructor(
    private readonly buckets: Buckets,
    private readonly manifests: ManifestArchive,
    private readonly clock: Clock,
  ) {}

  /** Before the first operation: the desired state is what the action is about to bring about. */
  async establish(request: ActionRequest): Promise<void> {
    if (mayOverride(request)) await this.change(request, overrideAfter);
  }

  /** When it has come to nothing, and before a roll-back: the desired state is what it was. */
  async takeBack(request: ActionRequest): Promise<void> {
    if (mayOverride(request)) await this.change(request, overrideBefore);
  }

  private async change(
    request: ActionRequest,
    decide: (input: OverrideInput) => OverrideChange,
  ): Promise<void> {
    const key = desiredStateKey.override(request.resource);
    const overrides = this.buckets.open(DesiredStateBucket).keys('override');
    const present = await overrides.get(key);
    const change = decide({
      request,
      present: present?.value,
      declaredReplicas: await this.declaredReplicas(request),
      now: this.clock.now(),
    });
    if (change.kind === 'put') await overrides.put(key, change.value);
    if (change.kind === 'delete' && present !== undefined) {
      await overrides.delete(key, present.revision);
    }
  }

  private async declaredReplicas({ service, desiredDigest }: ActionRequest): Promise<number> {
    const digests = desiredDigest === undefined ? [] : [desiredDigest];
    const [declared] = (await this.manifests.find(digests)).values();
    return (declared ?? service)?.spec.replicas ?? 0;
  }
}

function mayOverride({ action, operator }: ActionRequest): boolean {
  return action === 'scale' || operator !== undefined;
}
