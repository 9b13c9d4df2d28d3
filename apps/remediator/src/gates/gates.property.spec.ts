import type { ActionRequest, Control } from '@vigil/contracts';
import type { Mode } from '@vigil/manifests';
import fc from 'fast-check';
import { kindOf } from '../action/action-kind.js';
import { ActionHistory } from '../history/action-history.js';
import { facts, sees, sourceOf } from '../testing/facts.js';
import {
  driftCause,
  DIGEST,
  HOST,
  observation,
  operator,
  policyCause,
  request,
  service,
  target,
  WEB,
} from '../testing/fixtures.js';
import { GATES, passGates } from './gates.js';
import { strictestMode } from './mode.js';

const STABLE_MS = 30_000;
const COOLDOWN_MS = 60_000;
const PLACE = `${HOST}#0`;
const manifest = service({}, { stableAfterMs: STABLE_MS, cooldownPeriodMs: COOLDOWN_MS });

/** What happens to one replica, as steps of a story. */
type Step =
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'dies' }
  | { readonly kind: 'heals' }
  | { readonly kind: 'mode'; readonly mode: Mode }
  | { readonly kind: 'stop'; readonly active: boolean }
  | { readonly kind: 'suspend'; readonly active: boolean }
  | { readonly kind: 'switches'; readonly known: boolean }
  | { readonly kind: 'agent'; readonly answers: boolean }
  | { readonly kind: 'lock'; readonly free: boolean }
  | { readonly kind: 'ask'; readonly by: 'evaluator' | 'policy' | 'person' | 'force' };

const flag = fc.boolean();
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait'), ms: fc.nat({ max: 50_000 }) }) },
  { weight: 4, arbitrary: fc.constant<Step>({ kind: 'dies' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'heals' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('mode'),
      mode: fc.constantFrom<Mode>('off', 'observe', 'approve', 'auto', 'auto', 'auto'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), active: flag }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend'), active: flag }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('switches'), known: flag }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('agent'), answers: flag }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('lock'), free: flag }) },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ask'),
      by: fc.constantFrom('evaluator', 'evaluator', 'policy', 'person', 'force'),
    }),
  },
);

/** The world as the story has left it, and what a simple reading of the design allows in it. */
class Story {
  now = 1_000_000;
  mode: Mode = 'auto';
  stop = false;
  suspended = false;
  known = true;
  answers = true;
  lockFree = true;
  /** When the present fault began; undefined while the replica runs. */
  faultAt: number | undefined;
  launches = 1;
  asked = 0;
  readonly history = new ActionHistory();
  /** The design's own words: how many repairs in a row did not last. */
  private failedRepairs = 0;
  private lastRepairAt: number | undefined;
  private lastPolicyAt: number | undefined;

  requestBy(by: Extract<Step, { kind: 'ask' }>['by']): ActionRequest {
    this.asked += 1;
    const person = by === 'person' || by === 'force';
    const dead = this.faultAt !== undefined;
    // a cause names one occurrence of one fault; what never was has a name of its own
    const fault = dead ? `launch-${this.launches}` : `none-${this.asked}`;
    const cause = by === 'policy' ? policyCause('leak') : driftCause(fault);
    return request({
      actionId: `action-${this.asked}`,
      action: by === 'evaluator' || (person && dead) ? 'start' : 'restart',
      causes: [cause],
      targets: [target(0, { instance: `launch-${this.launches}` })],
      service: manifest,
      observedAt: this.faultAt ?? this.now,
      ...(person ? { operator: operator({ force: by === 'force' }) } : {}),
    });
  }

  allows(wanted: ActionRequest): boolean {
    const kind = kindOf(wanted);
    const person = kind === 'operator';
    if (this.stop || !this.known) return false;
    if (this.suspended && wanted.operator?.force !== true) return false;
    if (!person && strictestMode(this.mode, wanted.mode) !== 'auto') return false;
    if (!this.lockFree || !this.answers) return false;
    if (person) return true;
    if (kind === 'policy') {
      const cool = this.lastPolicyAt === undefined || this.now >= this.lastPolicyAt + COOLDOWN_MS;
      return cool && this.faultAt === undefined;
    }
    return this.faultAt !== undefined && this.now >= this.repairDueAt(this.faultAt);
  }

  private repairDueAt(faultAt: number): number {
    if (!this.returned(faultAt)) return faultAt;
    return faultAt + Math.min(COOLDOWN_MS, 10_000 * 2 ** this.failedRepairs);
  }

  private returned(faultAt: number): boolean {
    return this.lastRepairAt !== undefined && faultAt - this.lastRepairAt <= STABLE_MS;
  }

  /** Whatever was let pass is carried out at once. */
  carryOut(wanted: ActionRequest): void {
    const kind = kindOf(wanted);
    const effect = { effects: new Map([[PLACE, this.now]]), actedAt: this.now };
    this.remember(wanted, effect);
    if (kind === 'policy') this.lastPolicyAt = this.now;
    if (kind === 'repair' && this.faultAt !== undefined) {
      this.failedRepairs = this.returned(this.faultAt) ? this.failedRepairs + 1 : 0;
      this.lastRepairAt = this.now;
    }
    this.faultAt = undefined;
    this.launches += 1;
  }

  remember(wanted: ActionRequest, effect: object = { effects: new Map() }): void {
    this.history.record(WEB, {
      actionId: wanted.actionId,
      action: wanted.action,
      kind: kindOf(wanted),
      causeKeys: new Set(wanted.causes.map(({ key }) => key)),
      desiredDigest: DIGEST,
      places: new Set([PLACE]),
      observedAt: wanted.observedAt,
      updatedAt: this.now,
      effects: new Map(),
      ...effect,
    });
  }

  facts(wanted: ActionRequest) {
    const on: Control = { active: true, reason: 'story', actor: 'ada', at: 0 };
    const dead = this.faultAt !== undefined;
    const replica = observation({
      instance: `launch-${this.launches}`,
      state: dead ? 'exited' : 'running',
    });
    return facts(wanted, {
      request: wanted,
      now: this.now,
      systemMode: this.mode,
      controls: {
        isKnown: this.known,
        areOverridesKnown: true,
        stop: this.stop ? on : undefined,
        resource: this.suspended ? on : undefined,
      },
      lastSeen: new Map([[HOST, this.now]]),
      lock: this.lockFree
        ? { kind: 'held', fencingToken: this.asked, waited: false }
        : { kind: 'busy', heldBy: 'other' },
      live: this.answers ? new Map([[HOST, sees(replica)]]) : new Map(),
      history: this.history.of(WEB, 0, wanted.actionId),
    });
  }

  play(one: Exclude<Step, { kind: 'ask' }>): void {
    switch (one.kind) {
      case 'wait':
        this.now += one.ms;
        return;
      case 'dies':
        this.faultAt ??= this.now;
        return;
      case 'heals':
        if (this.faultAt !== undefined) this.launches += 1;
        this.faultAt = undefined;
        return;
      case 'mode':
        this.mode = one.mode;
        return;
      case 'stop':
        this.stop = one.active;
        return;
      case 'suspend':
        this.suspended = one.active;
        return;
      case 'switches':
        this.known = one.known;
        return;
      case 'agent':
        this.answers = one.answers;
        return;
      case 'lock':
        this.lockFree = one.free;
    }
  }
}

describe('no sequence of requests', () => {
  it('passes a gate that it should not, or is held by one that should let it pass', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
        const story = new Story();
        for (const one of steps) {
          if (one.kind !== 'ask') {
            story.play(one);
            continue;
          }
          const wanted = story.requestBy(one.by);
          const allowed = story.allows(wanted);
          const verdict = await passGates(GATES, sourceOf(story.facts(wanted)), () => undefined);
          expect({ by: one.by, passes: verdict.kind === 'pass' }).toEqual({
            by: one.by,
            passes: allowed,
          });
          if (verdict.kind === 'pass') story.carryOut(wanted);
          else story.remember(wanted);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('makes a crash loop cost more than a few restarts', async () => {
    const story = new Story();
    let restarts = 0;
    const hour = story.now + 3_600_000;
    while (story.now < hour) {
      story.play({ kind: 'dies' });
      const wanted = story.requestBy('evaluator');
      const verdict = await passGates(GATES, sourceOf(story.facts(wanted)), () => undefined);
      if (verdict.kind === 'pass') {
        story.carryOut(wanted);
        restarts += 1;
      } else story.remember(wanted);
      story.play({ kind: 'wait', ms: 1_000 });
    }
    // 0, 10, 20, 40 s and then once a minute, the cooldown of this manifest
    expect(restarts).toBeLessThanOrEqual(4 + 60);
  });
});
