import { Controller } from '@nestjs/common';
import { Caller, newSecret, type Principal } from '@vigil/auth';
import {
  ROUTES,
  type AgentRecord,
  type Enrolled,
  type EnrolmentToken,
  type InputOf,
  type Page,
} from '@vigil/contracts';
import { Clock, HttpProblem } from '@vigil/service';
import { Endpoint, Input } from '../http/endpoint.js';
import { instant } from '../http/instant.js';
import { AgentsStore } from './agents.store.js';
import { EnrolAgent } from './enrol-agent.js';
import { ListAgents } from './list-agents.js';
import { RemoveAgent } from './remove-agent.js';

const DEFAULT_TOKEN_TTL_SECONDS = 3600;

@Controller()
export class AgentsController {
  constructor(
    private readonly agents: AgentsStore,
    private readonly listing: ListAgents,
    private readonly enrolment: EnrolAgent,
    private readonly removal: RemoveAgent,
    private readonly clock: Clock,
  ) {}

  @Endpoint(ROUTES.listAgents)
  list(
    @Input(ROUTES.listAgents) { query }: InputOf<typeof ROUTES.listAgents>,
  ): Promise<Page<AgentRecord>> {
    return this.listing.page(query);
  }

  @Endpoint(ROUTES.createEnrolmentToken)
  async createToken(
    @Input(ROUTES.createEnrolmentToken) { body }: InputOf<typeof ROUTES.createEnrolmentToken>,
    @Caller() caller: Principal,
  ): Promise<EnrolmentToken> {
    const { secret, hash } = newSecret('enroll');
    const at = this.clock.now();
    const expiresAt = at + (body.ttlSeconds ?? DEFAULT_TOKEN_TTL_SECONDS) * 1000;
    const { host, labels = {} } = body;
    await this.agents.createToken({ hash, host, labels, createdBy: caller.name, at, expiresAt });
    return { token: secret, expiresAt: instant(expiresAt) };
  }

  @Endpoint(ROUTES.enrolAgent)
  async enrol(
    @Input(ROUTES.enrolAgent) { body }: InputOf<typeof ROUTES.enrolAgent>,
  ): Promise<Enrolled> {
    const result = await this.enrolment.enrol(body);
    switch (result.outcome) {
      case 'enrolled':
        return result.answer;
      case 'bad-token':
        throw new HttpProblem(401, {
          detail: 'the token is unknown, used, expired, or for another host',
        });
      case 'already-enrolled':
        throw new HttpProblem(409, {
          detail: `${body.host} is enrolled already: to enrol it again, make a token that names the host`,
        });
      case 'no-command-key':
        throw new HttpProblem(503, {
          detail: 'the collector has no command public key (VIGIL_COMMAND_PUBLIC_KEY_FILE)',
          headers: { 'retry-after': '10' },
        });
    }
  }

  @Endpoint(ROUTES.removeAgent)
  async remove(
    @Input(ROUTES.removeAgent) { params }: InputOf<typeof ROUTES.removeAgent>,
    @Caller() caller: Principal,
  ): Promise<void> {
    const removed = await this.removal.remove(params.id, caller);
    if (!removed) throw new HttpProblem(404, { detail: `no agent of ${params.id} is enrolled` });
  }
}
