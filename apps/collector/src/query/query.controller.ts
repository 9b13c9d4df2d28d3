import { Controller } from '@nestjs/common';
import { ROUTES, type InputOf, type QueryResult } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { RunQuery } from './run-query.js';

@Controller()
export class QueryController {
  constructor(
    private readonly queries: RunQuery,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.query)
  query(@Input(ROUTES.query) { query }: InputOf<typeof ROUTES.query>): Promise<QueryResult> {
    return this.queries.run(query, this.clock.now());
  }
}
