import { Controller } from '@nestjs/common';
import { EvaluationAnswered, EvaluationRequested } from '@vigil/contracts';
import { Bus, Handles } from '@vigil/messaging';
import { Evaluator } from '../evaluator.js';
import { ANSWER_DELIVERY } from './answer-delivery.js';

@Controller()
export class OnEvaluationRequested {
  constructor(
    private readonly evaluator: Evaluator,
    private readonly bus: Bus,
  ) {}

  @Handles(EvaluationRequested, { durable: 'evaluator-evaluation-requests', ...ANSWER_DELIVERY })
  async handle({ requestId, resource }: EvaluationRequested): Promise<void> {
    const answer = await this.evaluator.evaluateNow(resource);
    await this.bus.signal(EvaluationAnswered, answer, { params: { requestId } });
  }
}
