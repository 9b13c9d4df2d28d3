import type { Operation } from '@vigil/contracts';
import { resourceId, type ResourceId, type Service } from '@vigil/manifests';
import { digestOf } from './digest.js';

export function resourceOf(service: Service): ResourceId {
  const { namespace, name } = service.metadata;
  return resourceId({ namespace, kind: 'Service', name });
}

export function startOf(service: Service, replica = 0): Operation {
  return {
    kind: 'start',
    resource: resourceOf(service),
    replica,
    precondition: { kind: 'absent' },
    ...desired(service),
  };
}

export function restartOf(service: Service, gracePeriodMs = 2_000): Operation {
  return {
    kind: 'restart',
    resource: resourceOf(service),
    replica: 0,
    precondition: { kind: 'any' },
    ...desired(service),
    gracePeriodMs,
  };
}

export function stopOf(
  service: Service,
  options: { readonly gracePeriodMs?: number; readonly forget?: boolean } = {},
): Operation {
  return {
    kind: 'stop',
    resource: resourceOf(service),
    replica: 0,
    precondition: { kind: 'any' },
    gracePeriodMs: options.gracePeriodMs ?? 2_000,
    forget: options.forget ?? false,
  };
}

export function reconfigureOf(service: Service): Operation {
  return {
    kind: 'reconfigure',
    resource: resourceOf(service),
    replica: 0,
    precondition: { kind: 'any' },
    ...desired(service),
  };
}

function desired(service: Service) {
  return { service, specDigest: digestOf(JSON.stringify(service)) };
}

export function adoptOf(service: Service, container: string, replica = 0): Operation {
  return {
    kind: 'adopt',
    resource: resourceOf(service),
    replica,
    precondition: { kind: 'absent' },
    ...desired(service),
    container,
  };
}

export function releaseOf(service: Service): Operation {
  return {
    kind: 'release',
    resource: resourceOf(service),
    replica: 0,
    precondition: { kind: 'any' },
  };
}
