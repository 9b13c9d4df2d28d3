import { Controller } from '@nestjs/common';
import { Caller, type Principal } from '@vigil/auth';
import {
  ROUTES,
  SourceSync,
  type AnswerOf,
  type InputOf,
  type Page,
  type SourceView,
  type SwitchOutcome,
} from '@vigil/contracts';
import { Bus, NoResponders, RequestTimeout } from '@vigil/messaging';
import { currentCorrelationId, HttpProblem, newCorrelationId } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { Controls } from '../system/controls.js';
import { switchOutcome } from '../system/stop-the-world.js';
import { SourcesStore } from './sources.store.js';

/** A fetch from a slow forge, and the validation of a large repository. */
const SYNC_TIMEOUT_MS = 60_000;

@Controller()
export class SourcesController {
  constructor(
    private readonly sources: SourcesStore,
    private readonly controls: Controls,
    private readonly bus: Bus,
  ) {}

  @Endpoint(ROUTES.listSources)
  list(
    @Input(ROUTES.listSources) { query }: InputOf<typeof ROUTES.listSources>,
  ): Promise<Page<SourceView>> {
    return this.sources.list(query, (name) => this.controls.activeFor('source', name));
  }

  @Endpoint(ROUTES.syncSource)
  async sync(
    @Input(ROUTES.syncSource) { params }: InputOf<typeof ROUTES.syncSource>,
    @Caller() caller: Principal,
  ): Promise<AnswerOf<typeof ROUTES.syncSource, 200>> {
    const reply = await this.requestSync(params.name, caller.name);
    switch (reply.outcome) {
      case 'applied':
      case 'rejected':
        return reply;
      case 'unavailable':
        // Vigil is well; what it reads is not
        throw new HttpProblem(502, { detail: reply.message });
      case 'unknown-source': {
        const known =
          reply.known.length === 0 ? 'there is none' : `known: ${reply.known.join(', ')}`;
        throw new HttpProblem(404, { detail: `no source is named ${params.name}; ${known}` });
      }
    }
  }

  @Endpoint(ROUTES.suspendSource)
  async suspend(
    @Input(ROUTES.suspendSource) { params, body }: InputOf<typeof ROUTES.suspendSource>,
    @Caller() caller: Principal,
  ): Promise<SwitchOutcome> {
    return this.switchSource(params.name, true, body.reason, caller);
  }

  @Endpoint(ROUTES.resumeSource)
  async resume(
    @Input(ROUTES.resumeSource) { params, body }: InputOf<typeof ROUTES.resumeSource>,
    @Caller() caller: Principal,
  ): Promise<SwitchOutcome> {
    return this.switchSource(params.name, false, body.reason, caller);
  }

  private async requestSync(source: string, actor: string) {
    const correlationId = currentCorrelationId() ?? newCorrelationId();
    try {
      return await this.bus.request(
        SourceSync,
        { source, actor, correlationId },
        { timeoutMs: SYNC_TIMEOUT_MS },
      );
    } catch (error) {
      if (error instanceof NoResponders) {
        throw new HttpProblem(503, {
          detail: 'gitopsd is not running',
          headers: { 'retry-after': '5' },
          cause: error,
        });
      }
      if (error instanceof RequestTimeout) {
        throw new HttpProblem(504, { detail: 'gitopsd has not answered in time', cause: error });
      }
      throw error;
    }
  }

  private async switchSource(
    name: string,
    active: boolean,
    reason: string,
    caller: Principal,
  ): Promise<SwitchOutcome> {
    if (!(await this.sources.exists(name))) {
      throw new HttpProblem(404, { detail: `no source is named ${name}` });
    }
    const switching = { active, reason, actor: caller.name };
    return switchOutcome(await this.controls.setSource(name, switching));
  }
}
