import type { ActionRequest, Operation, Plan } from '@vigil/contracts';
import { createHash } from 'node:crypto';

/**
 * SHA-256 over what a plan will do: the operations in their order and the desired digest. The live
 * launches in the preconditions are left out, so that an approval survives a replica that was
 * launched again in the meantime; whether it is still the one to act on is checked before it is.
 */
export function planHash(
  request: Pick<ActionRequest, 'action' | 'resource' | 'desiredDigest' | 'replicas'>,
  plan: Omit<Plan, 'hash'>,
): string {
  const content = [
    request.action,
    request.resource,
    request.desiredDigest ?? null,
    request.replicas ?? null,
    plan.maxUnavailable,
    plan.operations.map(({ host, operation }) => [host, ...effectOf(operation)]),
  ];
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function effectOf(operation: Operation): readonly (string | number | boolean)[] {
  const { kind, resource, replica, precondition } = operation;
  const common = [kind, resource, replica, precondition.kind];
  switch (operation.kind) {
    case 'start':
    case 'reconfigure':
      return [...common, operation.specDigest, ...imagesOf(operation)];
    case 'adopt':
      return [...common, operation.specDigest, operation.container];
    case 'release':
      return common;
    case 'stop':
      return [...common, operation.gracePeriodMs, operation.forget];
    case 'restart':
      return [...common, operation.specDigest, operation.gracePeriodMs, ...imagesOf(operation)];
  }
}

function imagesOf({ images = [] }: Pick<Extract<Operation, { kind: 'start' }>, 'images'>) {
  return images.map(({ id }) => id);
}
