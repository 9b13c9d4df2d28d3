import type { ActionRequest, Operation, Plan } from '@vigil/contracts';
import { needsNewLaunch } from '@vigil/drift';
import type { Service } from '@vigil/manifests';
import type { IssuedOperation } from '../action/action-view.js';
import { placeKey } from './replica-facts.js';

export interface RollbackInput {
  readonly request: ActionRequest;
  /** The operations of the action so far; those of the rollback itself are ignored. */
  readonly operations: readonly IssuedOperation[];
  /** Manifests by digest, of what the targets ran with before. One that is not known is absent. */
  readonly specs: ReadonlyMap<string, Service>;
}

/**
 * What takes back the operations that changed something: replicas get the manifest that they ran
 * with before, a scale gets its previous number of replicas. Computed from the log alone, so that it
 * comes out the same after a crash. Empty when there is nothing to go back to: starting again what
 * runs by an unchanged manifest cannot be taken back. The last change, the one that failed, comes
 * first.
 */
export function planRollback(input: RollbackInput): Plan['operations'] {
  const effective = input.operations
    .filter((one) => !one.rollback && mayHaveChanged(one))
    .reverse();
  return effective.flatMap((one) => {
    const operation =
      input.request.action === 'scale' ? undoScale(input, one) : undoChange(input, one);
    return operation === undefined ? [] : [{ host: one.host, operation }];
  });
}

/**
 * False only when the host has said that it did not carry the operation out, or that it failed before
 * the launch that was there was touched: an image that cannot be fetched is no reason to disturb it.
 */
function mayHaveChanged({ operation: { precondition }, finished }: IssuedOperation): boolean {
  if (finished === undefined) return true;
  const { status, observation: left } = finished.result;
  if (status === 'refused' || status === 'precondition-failed') return false;
  const isUntouched =
    left?.state === 'running' &&
    precondition.kind === 'instance' &&
    left.instance === precondition.instance;
  return status !== 'failed' || !isUntouched;
}

function undoScale({ request }: RollbackInput, one: IssuedOperation): Operation | undefined {
  const { service, desiredDigest } = request;
  if (service === undefined || desiredDigest === undefined) return undefined;
  const { resource, replica, kind } = one.operation;
  if (kind === 'start') {
    return {
      kind: 'stop',
      resource,
      replica,
      precondition: { kind: 'any' },
      gracePeriodMs: service.spec.stopGracePeriodMs,
      forget: true,
    };
  }
  return {
    kind: 'start',
    resource,
    replica,
    precondition: { kind: 'absent' },
    service,
    specDigest: desiredDigest,
  };
}

function undoChange(input: RollbackInput, one: IssuedOperation): Operation | undefined {
  const { operation, host } = one;
  if (operation.kind === 'stop' || operation.kind === 'release') return undefined;
  if (operation.kind === 'adopt') {
    const { resource, replica } = operation;
    return { kind: 'release', resource, replica, precondition: { kind: 'any' } };
  }
  const target = input.request.targets.find(
    (candidate) => placeKey(candidate) === placeKey({ host, replica: operation.replica }),
  );
  const digest = target?.observedDigest;
  if (digest === undefined || digest === operation.specDigest) return undefined;
  const previous = input.specs.get(digest);
  if (previous === undefined) return undefined;

  const common = {
    resource: operation.resource,
    replica: operation.replica,
    // whatever the failed change has left there
    precondition: { kind: 'any' } as const,
    service: previous,
    specDigest: digest,
  };
  return operation.kind === 'reconfigure' && !needsNewLaunch(operation.service, previous)
    ? { kind: 'reconfigure', ...common }
    : { kind: 'restart', ...common, gracePeriodMs: previous.spec.stopGracePeriodMs };
}
