import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { ComponentHealth, HealthRegistry } from '@vigil/service';
import type { SourceRunner } from './source-runner.js';

/** Every source of this installation. */
export class Sources implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly byName: ReadonlyMap<string, SourceRunner>;

  constructor(runners: readonly SourceRunner[], health: HealthRegistry) {
    this.byName = new Map(runners.map((runner) => [runner.name, runner]));
    health.register('sources', () => this.health());
  }

  names(): string[] {
    return [...this.byName.keys()];
  }

  get(name: string): SourceRunner | undefined {
    return this.byName.get(name);
  }

  onApplicationBootstrap(): void {
    for (const runner of this.byName.values()) runner.start();
  }

  async onApplicationShutdown(): Promise<void> {
    await Promise.all([...this.byName.values()].map((runner) => runner.stop()));
  }

  /** An invalid revision is the author's affair; a source that cannot be read is ours. */
  private health(): ComponentHealth {
    const unreadable = [...this.byName.values()].flatMap((runner) => {
      const outcome = runner.lastOutcome();
      return outcome?.kind === 'unavailable' ? [`${runner.name}: ${outcome.message}`] : [];
    });
    if (unreadable.length === 0) return { status: 'ok' };
    return { status: 'degraded', detail: unreadable.join('; ').slice(0, 512) };
  }
}
