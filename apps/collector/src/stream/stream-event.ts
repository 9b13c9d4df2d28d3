import {
  ActionLogged,
  AlertFiring,
  AlertResolved,
  DecisionRecorded,
  DriftDetected,
  DriftResolved,
  DriftUpdated,
  ManifestsApplied,
  ManifestsRejected,
  ResourceStatusChanged,
  subjectFilter,
  type EventContract,
  type StreamTopic,
} from '@vigil/contracts';
import { withInstants } from '../http/with-instants.js';

/** One event as clients see it. */
export interface StreamEvent {
  readonly topic: StreamTopic;
  /** For example `drift.detected`. */
  readonly type: string;
  readonly data: unknown;
}

interface Published {
  readonly topic: StreamTopic;
  readonly type: string;
  readonly contract: EventContract;
}

const PUBLISHED: readonly Published[] = [
  { topic: 'drift', type: 'drift.detected', contract: DriftDetected },
  { topic: 'drift', type: 'drift.updated', contract: DriftUpdated },
  { topic: 'drift', type: 'drift.resolved', contract: DriftResolved },
  { topic: 'alerts', type: 'alert.firing', contract: AlertFiring },
  { topic: 'alerts', type: 'alert.resolved', contract: AlertResolved },
  { topic: 'decisions', type: 'decision.recorded', contract: DecisionRecorded },
  { topic: 'manifests', type: 'manifests.applied', contract: ManifestsApplied },
  { topic: 'manifests', type: 'manifests.rejected', contract: ManifestsRejected },
  { topic: 'resources', type: 'resource.status', contract: ResourceStatusChanged },
  { topic: 'actions', type: 'action.logged', contract: ActionLogged },
];

/** The event that a message is; undefined for subjects that clients are not shown, and for broken ones. */
export function streamEventOf(subject: string, payload: Uint8Array): StreamEvent | undefined {
  const published = PUBLISHED.find(({ contract }) => matches(subjectFilter(contract), subject));
  if (published === undefined) return undefined;
  const message = published.contract.schema.safeParse(parseJson(payload));
  if (!message.success) return undefined;
  const { topic, type } = published;
  return { topic, type, data: withInstants(message.data) };
}

function matches(filter: string, subject: string): boolean {
  const wanted = filter.split('.');
  const tokens = subject.split('.');
  if (wanted.length !== tokens.length) return false;
  return wanted.every((token, index) => token === '*' || token === tokens[index]);
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(payload));
  } catch {
    return undefined;
  }
}
