import { Controller } from '@nestjs/common';
import { DecisionRecorded, EvaluationAnswered, OperatorActionRequested } from '@vigil/contracts';
import { Bus, Handles } from '@vigil/messaging';
import { Clock } from '@vigil/service';
import { publishDecision, publishRequest } from '../drift-detection/publish-evaluation.js';
import { stableId } from '../stable-id.js';
import { Evaluator } from '../evaluator.js';
import { operatorRequest, type OperatorOutcome } from './operator-request.js';
import { ANSWER_DELIVERY } from './answer-delivery.js';

@Controller()
export class OnOperatorActionRequested {
  constructor(
    private readonly evaluator: Evaluator,
    private readonly bus: Bus,
    private readonly clock: Clock,
  ) {}

  @Handles(OperatorActionRequested, { durable: 'evaluator-operator-requests', ...ANSWER_DELIVERY })
  async handle(wish: OperatorActionRequested): Promise<void> {
    const { requestId } = wish;
    const outcome = await this.decide(wish);
    const answer =
      outcome.outcome === 'requested'
        ? { outcome: outcome.outcome, actionId: outcome.request.actionId }
        : outcome;
    await this.bus.signal(EvaluationAnswered, answer, { params: { requestId } });
  }

  private async decide(wish: OperatorActionRequested): Promise<OperatorOutcome> {
    if (!(await this.evaluator.untilLoaded())) return NOT_LOADED;
    const { knowledge, memory } = this.evaluator;
    const outcome = operatorRequest(wish, knowledge, memory, this.clock.now());
    if (outcome.outcome !== 'requested') return outcome;
    await publishRequest(this.bus, outcome.request);
    await publishDecision(this.bus, decisionOf(outcome.request));
    return outcome;
  }
}

const NOT_LOADED: OperatorOutcome = {
  outcome: 'refused',
  code: 'not-loaded',
  message: 'the evaluator is still loading what it knows; ask again',
};

function decisionOf(
  request: Extract<OperatorOutcome, { outcome: 'requested' }>['request'],
): DecisionRecorded {
  const { actionId, requestedAt, correlationId, resource, causes, action, operator } = request;
  return {
    id: stableId('dec', actionId),
    at: requestedAt,
    correlationId,
    resource,
    causes,
    outcome: 'requested',
    code: 'requested',
    message: `${action} requested by ${operator?.actor ?? 'an operator'}: ${operator?.reason ?? ''}`,
    actionId,
  };
}
