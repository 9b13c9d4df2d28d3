import { Controller } from '@nestjs/common';
import { ROUTES, type Explanation, type InputOf, type ResourceExplanation } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { ChainStore } from './chain.store.js';
import { ExplainResource } from './explain-resource.js';
import { tellChain } from './tell-chain.js';

@Controller()
export class ExplainController {
  constructor(
    private readonly chains: ChainStore,
    private readonly resources: ExplainResource,
  ) {}

  @Endpoint(ROUTES.explain)
  async chain(
    @Input(ROUTES.explain) { params }: InputOf<typeof ROUTES.explain>,
  ): Promise<Explanation> {
    const { correlationId } = params;
    const explanation = tellChain(correlationId, await this.chains.chain(correlationId));
    if (explanation.steps.length > 0) return explanation;
    throw new HttpProblem(404, { detail: `nothing carries the correlation id ${correlationId}` });
  }

  @Endpoint(ROUTES.explainResource)
  async resource(
    @Input(ROUTES.explainResource) { query }: InputOf<typeof ROUTES.explainResource>,
  ): Promise<ResourceExplanation> {
    const explanation = await this.resources.explain(query.resource);
    if (explanation !== undefined) return explanation;
    throw new HttpProblem(404, { detail: `nothing is known of ${query.resource}` });
  }
}
