import { setTimeout as pause } from 'node:timers/promises';
import type { Containers } from './containers.js';

const INTERVAL_MS = 20;

/** Between the first and the last failure in a row, milliseconds of `performance.now()`. */
interface Outage {
  readonly from: number;
  to: number;
}

/** Asks each replica of a service again and again, and keeps book of who did not answer when. */
export class PersistentClient {
  private stopping = false;
  private readonly outages: Outage[][];
  private readonly loops: Promise<unknown>;
  private answers = 0;

  private constructor(
    private readonly containers: Containers,
    private readonly name: string,
    replicas: number,
  ) {
    this.outages = Array.from({ length: replicas }, () => []);
    this.loops = Promise.all(this.outages.map((outages, replica) => this.ask(replica, outages)));
  }

  static start(containers: Containers, name: string, replicas: number): PersistentClient {
    return new PersistentClient(containers, name, replicas);
  }

  /** The most replicas that surely did not answer at one time. */
  async mostUnavailable(): Promise<number> {
    this.stopping = true;
    await this.loops;
    if (this.answers === 0) throw new Error('the client was never answered');
    // one answer that is late is the machine's: a launch takes longer than two questions
    const all = this.outages.flat().filter(({ from, to }) => to > from);
    const at = ({ from }: Outage): number =>
      all.filter((other) => other.from <= from && from <= other.to).length;
    return Math.max(0, ...all.map(at));
  }

  private async ask(replica: number, outages: Outage[]): Promise<void> {
    let outage: Outage | undefined;
    while (!this.stopping) {
      const askedAt = performance.now();
      const answered = await this.containers.ask(this.name, replica).then(
        () => true,
        () => false,
      );
      if (answered) {
        this.answers += 1;
        outage = undefined;
      } else if (outage === undefined) {
        outage = { from: askedAt, to: askedAt };
        outages.push(outage);
      } else {
        outage.to = askedAt;
      }
      await pause(INTERVAL_MS);
    }
  }
}
