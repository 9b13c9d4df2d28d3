import {
  ActionRequested,
  DecisionRecorded,
  DriftDetected,
  DriftResolved,
  DriftUpdated,
  ResourceStatusChanged,
  type ActionRequest,
} from '@vigil/contracts';
import type { Bus } from '@vigil/messaging';
import type { Evaluation } from './evaluate-resource.js';
import type { DriftEvent } from './track-drift.js';

/**
 * Publishes everything that follows from an evaluation, and resolves when all of it is
 * acknowledged. The request goes first, because a fault waits for it; the order does not matter
 * otherwise. Message ids make a repetition harmless.
 */
export async function publishEvaluation(bus: Bus, evaluation: Evaluation): Promise<void> {
  const { request, drift, decisions, status } = evaluation;
  await Promise.all([
    request === undefined ? undefined : publishRequest(bus, request),
    ...drift.map((event) => publishDrift(bus, event)),
    ...decisions.map((decision) => publishDecision(bus, decision)),
    status === undefined ? undefined : publishStatus(bus, status),
  ]);
}

export async function publishRequest(bus: Bus, request: ActionRequest): Promise<void> {
  const { actionId, correlationId } = request;
  await bus.publish(ActionRequested, request, { messageId: actionId, correlationId });
}

export async function publishDecision(bus: Bus, decision: DecisionRecorded): Promise<void> {
  const { id, correlationId } = decision;
  await bus.publish(DecisionRecorded, decision, { messageId: id, correlationId });
}

async function publishDrift(bus: Bus, { kind, record }: DriftEvent): Promise<void> {
  const { id, correlationId, detectedAt, updatedAt } = record;
  switch (kind) {
    case 'detected':
      await bus.publish(DriftDetected, record, {
        messageId: `${id}.detected.${detectedAt}`,
        correlationId,
      });
      return;
    case 'updated':
      await bus.publish(DriftUpdated, record, {
        messageId: `${id}.updated.${updatedAt}`,
        correlationId,
      });
      return;
    case 'resolved':
      await bus.publish(DriftResolved, record, {
        messageId: `${id}.resolved.${detectedAt}`,
        correlationId,
      });
      return;
  }
}

async function publishStatus(bus: Bus, status: ResourceStatusChanged): Promise<void> {
  await bus.publish(ResourceStatusChanged, status, {
    messageId: `status.${status.resource}.${status.at}`,
  });
}
