import type { ActionRequest, ActionTarget, Operation, Plan } from '@vigil/contracts';
import { isMovedTag, isSameImage, makesTheSame, needsNewLaunch } from '@vigil/drift';
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
 * with before, and of it the very image, whatever its tag names by now; a scale gets its previous
 * number of replicas. Computed from the log alone, so that it comes out the same after a crash. Empty
 * when there is nothing to go back to: starting again what runs by an unchanged manifest and image
 * cannot be taken back. The last change, the one that failed, comes first.
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
  const { service, desiredDigest, images } = request;
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
    ...(images === undefined ? {} : { images }),
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
  if (target === undefined || digest === undefined) return undefined;
  // what did not run was by what has failed, or is no better: the manifest that is held is the good one
  if (operation.kind === 'start' && isHeld(input.request)) return undefined;
  const known = input.specs.get(digest);
  const isUnchanged =
    digest === operation.specDigest ||
    (known !== undefined && makesTheSame(known, operation.service));
  // what the resource is held on is good; what it was to take the place of is not
  const isRepair = input.request.images !== undefined;
  if (isUnchanged && (isRepair || !hasMoved(one, target))) return undefined;
  const previous = isUnchanged ? operation.service : known;
  if (previous === undefined) return undefined;
  const { observedImage } = target;

  const common = {
    resource: operation.resource,
    replica: operation.replica,
    // whatever the failed change has left there
    precondition: { kind: 'any' } as const,
    service: previous,
    specDigest: isUnchanged ? operation.specDigest : digest,
    ...(observedImage === undefined ? {} : { images: [observedImage] }),
  };
  const isKept = operation.kind === 'reconfigure' && !needsNewLaunch(operation.service, previous);
  // what its host has brought back by itself has only to be proved
  return isKept || isBack(one, target)
    ? { kind: 'reconfigure', ...common }
    : { kind: 'restart', ...common, gracePeriodMs: previous.spec.stopGracePeriodMs };
}

/** The request is to another manifest than that of Git. */
function isHeld({ basis, desiredDigest }: ActionRequest): boolean {
  const declared = basis?.declaredDigest ?? desiredDigest;
  return declared !== desiredDigest;
}

/** The same manifest was launched, or could not be, with another image: its tag had moved. */
function hasMoved({ finished }: IssuedOperation, { observedImage }: ActionTarget): boolean {
  const left = finished?.result.observation?.config.container?.image;
  if (left === undefined || observedImage === undefined) return false;
  if (!isSameImage(left, observedImage)) return true;
  return finished?.result.status === 'failed' && isMovedTag(left);
}

/** Its host could not launch the new one, and has started again what ran before. */
function isBack(
  { finished }: IssuedOperation,
  { observedDigest, observedImage }: ActionTarget,
): boolean {
  const left = finished?.result.observation;
  if (left?.state !== 'running' || left.specDigest !== observedDigest) return false;
  const image = left.config.container?.image;
  return observedImage === undefined || image === undefined || isSameImage(image, observedImage);
}
