import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import {
  ROUTES,
  type ActionDetail,
  type ActionView,
  type AnswerOf,
  type InputOf,
  type Page,
} from '@vigil/contracts';
import { Clock, currentCorrelationId, HttpProblem, newCorrelationId } from '@vigil/service';
import { AskEvaluator } from '../evaluator/ask-evaluator.js';
import { Endpoint, Input } from '../http/endpoint.js';
import { ActionsStore } from './actions.store.js';
import { DecideAction } from './decide-action.js';

type Decided = AnswerOf<typeof ROUTES.approveAction, 202>;

@Controller()
export class ActionsController {
  constructor(
    private readonly actions: ActionsStore,
    private readonly evaluator: AskEvaluator,
    private readonly decisions: DecideAction,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.listActions)
  list(
    @Input(ROUTES.listActions) { query }: InputOf<typeof ROUTES.listActions>,
  ): Promise<Page<ActionView>> {
    return this.actions.list(query, this.clock.now());
  }

  @Endpoint(ROUTES.getAction)
  async one(
    @Input(ROUTES.getAction) { params }: InputOf<typeof ROUTES.getAction>,
  ): Promise<ActionDetail> {
    const action = await this.actions.detail(params.id);
    if (action === undefined)
      throw new HttpProblem(404, { detail: `no action has the id ${params.id}` });
    return action;
  }

  @Endpoint(ROUTES.orderAction)
  async order(
    @Input(ROUTES.orderAction) { body }: InputOf<typeof ROUTES.orderAction>,
    @Caller() caller: Principal,
  ): Promise<AnswerOf<typeof ROUTES.orderAction, 202>> {
    const correlationId = currentCorrelationId() ?? newCorrelationId();
    const answer = await this.evaluator.order(body, caller.name, correlationId);
    if (answer.outcome === 'requested') return { actionId: answer.actionId, correlationId };
    throw this.evaluator.problemOf(answer);
  }

  @Endpoint(ROUTES.approveAction)
  approve(
    @Input(ROUTES.approveAction) { params, body }: InputOf<typeof ROUTES.approveAction>,
    @Caller() caller: Principal,
  ): Promise<Decided> {
    return this.decisions.decide(params.id, { ...body, decision: 'approve' }, caller);
  }

  @Endpoint(ROUTES.rejectAction)
  reject(
    @Input(ROUTES.rejectAction) { params, body }: InputOf<typeof ROUTES.rejectAction>,
    @Caller() caller: Principal,
  ): Promise<Decided> {
    return this.decisions.decide(params.id, { ...body, decision: 'reject' }, caller);
  }

  @Endpoint(ROUTES.cancelAction)
  cancel(
    @Input(ROUTES.cancelAction) { params, body }: InputOf<typeof ROUTES.cancelAction>,
    @Caller() caller: Principal,
  ): Promise<Decided> {
    return this.decisions.decide(params.id, { ...body, decision: 'cancel' }, caller);
  }
}
