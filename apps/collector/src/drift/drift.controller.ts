import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import { ROUTES, type DriftView, type InputOf, type Page } from '@vigil/contracts';
import { Clock, HttpProblem } from '@vigil/service';
import { AskEvaluator } from '../evaluator/ask-evaluator.js';
import { Endpoint, Input } from '../http/endpoint.js';
import { driftViewOf, DriftStore } from './drift.store.js';

@Controller()
export class DriftController {
  constructor(
    private readonly drift: DriftStore,
    private readonly evaluator: AskEvaluator,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.listDrift)
  list(
    @Input(ROUTES.listDrift) { query }: InputOf<typeof ROUTES.listDrift>,
  ): Promise<Page<DriftView>> {
    return this.drift.current(query);
  }

  @Endpoint(ROUTES.driftHistory)
  history(
    @Input(ROUTES.driftHistory) { query }: InputOf<typeof ROUTES.driftHistory>,
  ): Promise<Page<DriftView>> {
    return this.drift.history(query, this.clock.now());
  }

  @Endpoint(ROUTES.getDrift)
  async one(
    @Input(ROUTES.getDrift) { params }: InputOf<typeof ROUTES.getDrift>,
  ): Promise<DriftView> {
    const drift = await this.drift.find(params.id);
    if (drift === undefined)
      throw new HttpProblem(404, { detail: `no drift has the id ${params.id}` });
    return drift;
  }

  @Endpoint(ROUTES.evaluate)
  async evaluate(
    @Input(ROUTES.evaluate) { params }: InputOf<typeof ROUTES.evaluate>,
    @Caller() caller: Principal,
  ): Promise<{ drift: DriftView[] }> {
    const answer = await this.evaluator.evaluate(params.resource, caller.name);
    if (answer.outcome === 'evaluated') return { drift: answer.drift.map(driftViewOf) };
    throw this.evaluator.problemOf(answer);
  }
}
