import { type Clock } from '../clock/clock.js';
import { describeError } from '../errors/vigil-error.js';

export type ComponentStatus = 'ok' | 'degraded' | 'down';

export interface ComponentHealth {
  readonly status: ComponentStatus;
  /** Milliseconds that the check took at the component. */
  readonly latencyMs?: number;
  /** One sentence for people. */
  readonly detail?: string;
}

/** The body of `GET /health`. */
export interface HealthReport {
  readonly status: ComponentStatus;
  readonly version: string;
  readonly uptimeSeconds: number;
  readonly components: Readonly<Record<string, ComponentHealth>>;
}

type Answer<Result> = Result | Promise<Result>;

export interface CheckOptions {
  /** The service is not ready before this component was once not down. Default false. */
  readonly gatesReadiness?: boolean;
  /** When it is down the whole service is down, not only degraded. Default false. */
  readonly critical?: boolean;
}

interface RegisteredCheck extends CheckOptions {
  readonly name: string;
  readonly run: () => Answer<Readonly<Record<string, ComponentHealth>>>;
}

/** A check that has not answered after this time counts as down, milliseconds. */
const CHECK_TIMEOUT_MS = 2_000;

/** What the parts of a service say about themselves, for the probes and the heartbeat. */
export class HealthRegistry {
  private readonly checks = new Set<RegisteredCheck>();
  private readonly seenUp = new Set<RegisteredCheck>();
  private readonly startedAt: number;
  private started = false;
  private stopping = false;

  constructor(
    private readonly clock: Clock,
    private readonly version: string,
  ) {
    this.startedAt = clock.now();
  }

  /** Adds a component; the returned function removes it. */
  register(
    name: string,
    check: () => Answer<ComponentHealth>,
    options: CheckOptions = {},
  ): () => void {
    return this.add({ ...options, name, run: async () => ({ [name]: await check() }) });
  }

  /** Adds a check that reports several components, whose names may come and go. */
  registerGroup(
    name: string,
    check: () => Answer<Readonly<Record<string, ComponentHealth>>>,
    options: CheckOptions = {},
  ): () => void {
    return this.add({ ...options, name, run: check });
  }

  /** The service answers requests and consumes. */
  markStarted(): void {
    this.started = true;
  }

  /** The service is going away: it is not ready any more. */
  markStopping(): void {
    this.stopping = true;
  }

  /** Runs all checks at the same time; never rejects. */
  async report(): Promise<HealthReport> {
    const results = await Promise.all(
      [...this.checks].map(async (check) => ({ check, components: await this.outcomeOf(check) })),
    );
    const components: Record<string, ComponentHealth> = {};
    let status: ComponentStatus = 'ok';
    for (const result of results) {
      Object.assign(components, result.components);
      status = worse(status, contributionOf(result.check, result.components));
    }
    return { status, version: this.version, uptimeSeconds: this.uptimeSeconds(), components };
  }

  /**
   * True when the service has started and every gating component was seen up once. A dependency that goes
   * away later does not make a service unready: taking all of its instances out of rotation at the
   * same time would repair nothing.
   */
  async isReady(): Promise<boolean> {
    if (!this.started || this.stopping) return false;
    const waiting = [...this.checks].filter(
      (check) => check.gatesReadiness === true && !this.seenUp.has(check),
    );
    await Promise.all(waiting.map((check) => this.outcomeOf(check)));
    return waiting.every((check) => this.seenUp.has(check));
  }

  uptimeSeconds(): number {
    return Math.max(0, Math.round((this.clock.now() - this.startedAt) / 1000));
  }

  private add(check: RegisteredCheck): () => void {
    this.checks.add(check);
    return () => {
      this.checks.delete(check);
      this.seenUp.delete(check);
    };
  }

  private async outcomeOf(
    check: RegisteredCheck,
  ): Promise<Readonly<Record<string, ComponentHealth>>> {
    const components = await withTimeout(check);
    const up = Object.values(components).every((component) => component.status !== 'down');
    if (up) this.seenUp.add(check);
    return components;
  }
}

async function withTimeout(
  check: RegisteredCheck,
): Promise<Readonly<Record<string, ComponentHealth>>> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Record<string, ComponentHealth>>((resolve) => {
    const detail = `no answer within ${CHECK_TIMEOUT_MS} ms`;
    timer = setTimeout(() => {
      resolve({ [check.name]: { status: 'down', detail } });
    }, CHECK_TIMEOUT_MS);
  });
  try {
    return await Promise.race([check.run(), late]);
  } catch (error) {
    return { [check.name]: { status: 'down', detail: describeError(error, 256) } };
  } finally {
    clearTimeout(timer);
  }
}

function contributionOf(
  check: RegisteredCheck,
  components: Readonly<Record<string, ComponentHealth>>,
): ComponentStatus {
  const worst = Object.values(components)
    .map((component) => component.status)
    .reduce<ComponentStatus>(worse, 'ok');
  return worst === 'down' && check.critical !== true ? 'degraded' : worst;
}

const RANK: Readonly<Record<ComponentStatus, number>> = { ok: 0, degraded: 1, down: 2 };

function worse(left: ComponentStatus, right: ComponentStatus): ComponentStatus {
  return RANK[right] > RANK[left] ? right : left;
}
