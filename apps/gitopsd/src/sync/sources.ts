import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { SourceRunner } from './source-runner.js';

/** Every source of this installation. */
export class Sources implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly byName: ReadonlyMap<string, SourceRunner>;

  constructor(runners: readonly SourceRunner[]) {
    this.byName = new Map(runners.map((runner) => [runner.name, runner]));
  }

  all(): SourceRunner[] {
    return [...this.byName.values()];
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
}
