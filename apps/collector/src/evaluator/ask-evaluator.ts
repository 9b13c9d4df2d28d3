import { Injectable, type OnModuleDestroy, type OnModuleInit } from '@nestjs/common';
import {
  EvaluationAnswered,
  EvaluationRequested,
  OperatorActionRequested,
  type ActionOrder,
} from '@vigil/contracts';
import type { ResourceId } from '@vigil/manifests';
import { Bus, Subscriptions, type Subscription } from '@vigil/messaging';
import { Clock, currentCorrelationId, HttpProblem, newCorrelationId } from '@vigil/service';
import { randomUUID } from 'node:crypto';

/** An evaluator answers in milliseconds; one that is being restarted in a few seconds. */
const ANSWER_TIMEOUT_MS = 10_000;
/** Requests that wait at the same time. */
const MAX_WAITING = 1_000;

/** Asks the evaluator, which knows desired and observed state, and waits for its answer. */
@Injectable()
export class AskEvaluator implements OnModuleInit, OnModuleDestroy {
  private readonly waiting = new Map<string, (answer: EvaluationAnswered) => void>();
  private answers: Subscription | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly subscriptions: Subscriptions,
    private readonly clock: Clock,
  ) {}

  onModuleInit(): void {
    this.answers = this.subscriptions.hear(EvaluationAnswered, {}, (answer, { params }) => {
      this.waiting.get(params['requestId'] ?? '')?.(answer);
    });
  }

  async onModuleDestroy(): Promise<void> {
    await this.answers?.stop();
  }

  /** @throws HttpProblem 504 when nobody answers; NatsUnavailable */
  evaluate(resource: ResourceId, actor: string): Promise<EvaluationAnswered> {
    return this.ask(async (requestId) => {
      const correlationId = currentCorrelationId() ?? newCorrelationId();
      const request = { requestId, resource, correlationId, actor, at: this.clock.now() };
      await this.bus.publish(EvaluationRequested, request, { messageId: requestId });
    });
  }

  /** @throws HttpProblem 504 when nobody answers; NatsUnavailable */
  order(order: ActionOrder, actor: string, correlationId: string): Promise<EvaluationAnswered> {
    return this.ask(async (requestId) => {
      const { expiresAfter, ...wish } = order;
      const expiry = expiresAfter === undefined ? {} : { expiresAfterMs: expiresAfter };
      const at = this.clock.now();
      const request = { ...wish, ...expiry, requestId, actor, correlationId, at };
      await this.bus.publish(OperatorActionRequested, request, { messageId: requestId });
    });
  }

  /** What an answer other than the hoped-for one means over HTTP. */
  problemOf(answer: EvaluationAnswered): HttpProblem {
    switch (answer.outcome) {
      case 'unknown-resource':
        return new HttpProblem(404, { detail: answer.message });
      case 'refused':
        return new HttpProblem(409, {
          detail: answer.message,
          type: `urn:vigil:refused:${answer.code}`,
        });
      case 'evaluated':
      case 'requested':
        throw new TypeError(`${answer.outcome} is no problem`);
    }
  }

  private async ask(send: (requestId: string) => Promise<void>): Promise<EvaluationAnswered> {
    if (this.waiting.size >= MAX_WAITING) {
      const detail = 'too many requests wait for the evaluator';
      throw new HttpProblem(503, { detail, headers: { 'retry-after': '1' } });
    }
    const requestId = randomUUID();
    try {
      const answer = this.answerTo(requestId);
      // an answer that comes too late to a request that could not be sent is no unhandled rejection
      answer.catch(() => undefined);
      await send(requestId);
      return await answer;
    } finally {
      this.waiting.delete(requestId);
    }
  }

  private answerTo(requestId: string): Promise<EvaluationAnswered> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const detail = 'the evaluator has not answered in time; the request stands';
        reject(new HttpProblem(504, { detail }));
      }, ANSWER_TIMEOUT_MS);
      this.waiting.set(requestId, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }
}
