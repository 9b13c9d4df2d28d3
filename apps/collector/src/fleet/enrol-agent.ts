import { Injectable } from '@nestjs/common';
import { newSecret } from '@vigil/auth';
import type { Enrolled, EnrolRequest } from '@vigil/contracts';
import { Clock } from '@vigil/service';
import { readFile } from 'node:fs/promises';
import { AdmissionSync } from './admission-sync.js';
import { AgentsStore } from './agents.store.js';
import { RemovedHosts } from './removed-hosts.js';

/** What an agent learns about the installation when it enrols. */
export class InstallationFacts {
  constructor(
    readonly instance: string,
    private readonly commandPublicKeyFile: string | undefined,
  ) {}

  /** PEM; undefined when there is none, and so no agent could trust a command. */
  async commandPublicKey(): Promise<string | undefined> {
    if (this.commandPublicKeyFile === undefined) return undefined;
    return readFile(this.commandPublicKeyFile, 'utf8').catch(() => undefined);
  }
}

export type EnrolOutcome =
  | { readonly outcome: 'enrolled'; readonly answer: Enrolled }
  | { readonly outcome: 'bad-token' | 'already-enrolled' | 'no-command-key' };

/** Exchanges a one-time token for the key of one host. */
@Injectable()
export class EnrolAgent {
  constructor(
    private readonly agents: AgentsStore,
    private readonly admissions: AdmissionSync,
    private readonly removed: RemovedHosts,
    private readonly installation: InstallationFacts,
    private readonly clock: Clock,
  ) {}

  async enrol(request: EnrolRequest): Promise<EnrolOutcome> {
    const commandPublicKey = await this.installation.commandPublicKey();
    if (commandPublicKey === undefined) return { outcome: 'no-command-key' };
    const key = newSecret('agent');
    const result = await this.agents.enrol({ ...request, key, at: this.clock.now() });
    if (result.outcome !== 'enrolled') return result;
    // before the agent has its key: what it says from then on is about a host of the fleet
    await this.removed.welcome(request.host);
    await this.admissions.admit(result.admission);
    const { instance } = this.installation;
    const answer = { agentId: request.host, key: key.secret, commandPublicKey, instance };
    return { outcome: 'enrolled', answer };
  }
}
