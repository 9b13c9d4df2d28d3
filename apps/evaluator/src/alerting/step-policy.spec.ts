import { evaluate, SeriesStore, type Labels } from '@vigil/policy';
import * as fc from 'fast-check';
import type { Policy } from '@vigil/manifests';
import { id, T0 } from '../testing/fixtures.js';
import { compiled } from '../testing/policy-fixtures.js';
import { groupFromMemory, memoryOfGroup, type AlertGroup } from './alert-group.js';
import { stepPolicy, type PolicyStep } from './step-policy.js';

const web = id('default/web');

/** One policy over one series of `default/web`, fed a value a second. */
class Alerts {
  groups: readonly AlertGroup[] = [];
  readonly news: string[] = [];
  now = T0;
  isGone = false;
  target: 'excluded' | typeof web | undefined = web;
  private readonly store = new SeriesStore();
  private readonly policy;

  constructor(spec: Partial<Policy['spec']>) {
    this.policy = compiled('hot', spec);
    const { condition, clears } = this.policy;
    this.store.require([...condition.metrics, ...(clears?.metrics ?? [])]);
  }

  feed(...values: number[]): this {
    for (const value of values) {
      this.now += 1_000;
      const sample = { name: 'cpu_usage', labels: { resource: web }, value, timestamp: this.now };
      this.store.add('host', sample, this.now);
      this.step();
    }
    return this;
  }

  /** The source leaves the fleet. */
  removeSource(): this {
    this.store.forgetSource('host');
    this.isGone = true;
    this.step();
    return this;
  }

  /** Time passes, and the source says something else. */
  silence(ms: number): this {
    this.now += ms;
    this.step();
    return this;
  }

  step(): PolicyStep {
    const { policy, store, now } = this;
    const step = stepPolicy({
      policy,
      groups: this.groups,
      evaluation: evaluate(policy.condition, store, now),
      clears: policy.clears && evaluate(policy.clears, store, now),
      concerns: () => true,
      isGone: () => this.isGone,
      targetOf: (labels: Labels) => (labels['resource'] === undefined ? undefined : this.target),
      now,
    });
    this.groups = step.groups;
    this.news.push(...step.events.map(({ state, value }) => `${state} ${value ?? ''}`));
    return step;
  }

  restartEvaluator(): void {
    this.groups = this.groups.flatMap((group) => {
      const remembered = memoryOfGroup(group);
      return remembered === undefined ? [] : [groupFromMemory(remembered)];
    });
  }
}

const phases = (alerts: Alerts) => alerts.groups.map(({ state }) => state.phase);

describe('the alerts of a policy', () => {
  it('wait for their time, fire once, and are resolved once', () => {
    const alerts = new Alerts({ condition: 'cpu_usage > 80% for 5s' });
    alerts.feed(10, 90, 90, 90);
    expect(phases(alerts)).toEqual(['pending']);
    expect(alerts.news).toEqual([]);
    alerts.feed(90, 90, 90, 90);
    expect(phases(alerts)).toEqual(['firing']);
    alerts.feed(10, 10);
    expect(phases(alerts)).toEqual([]);
    expect(alerts.news).toEqual(['firing 90', 'resolved 90']);
  });

  it('say what they are about, since when, and on what ground', () => {
    const alerts = new Alerts({ condition: 'cpu_usage > 80%', severity: 'critical' }).feed(90);
    expect(alerts.groups[0]?.record).toMatchObject({
      policy: 'default/Policy/hot',
      resource: web,
      severity: 'critical',
      condition: 'cpu_usage > 80%',
      activeAt: alerts.now,
      firedAt: alerts.now,
      evidence: [{ metric: 'cpu_usage', source: 'host', value: 90, labels: { resource: web } }],
    });
  });

  it('keep firing without data, ask for nothing meanwhile, and are never resolved by silence', () => {
    const alerts = new Alerts({ condition: 'cpu_usage > 80%' }).feed(90, 90);
    alerts.silence(120_000);
    expect(alerts.groups).toMatchObject([{ state: { phase: 'firing' }, truth: 'unknown' }]);
    expect(alerts.news).toEqual(['firing 90']);
    alerts.feed(10);
    expect(alerts.news).toEqual(['firing 90', 'resolved 90']);
  });

  it('are resolved when clears holds, and stay as long as the policy says', () => {
    const clears = new Alerts({ condition: 'cpu_usage > 80%', clears: 'cpu_usage < 50%' });
    clears.feed(90, 60, 60);
    expect(phases(clears)).toEqual(['firing']);
    expect(phases(clears.feed(40))).toEqual([]);
    const keeps = new Alerts({ condition: 'cpu_usage > 80%', keepFiringForMs: 3_000 });
    keeps.feed(90, 10, 10, 10);
    expect(phases(keeps)).toEqual(['firing']);
    expect(phases(keeps.feed(10, 10))).toEqual([]);
  });

  it('end with what they are about', () => {
    const alerts = new Alerts({ condition: 'cpu_usage > 80%' }).feed(90);
    alerts.target = 'excluded';
    alerts.feed(95);
    expect(alerts.groups).toEqual([]);
    expect(alerts.news).toEqual(['firing 90', 'resolved 90']);
    alerts.feed(95);
    expect(alerts.news).toHaveLength(2);
  });

  it.each(['cpu_usage > 80%', 'avg(cpu_usage) > 80%'])(
    'of %s end with the source that they rest on, and begin anew when it speaks again',
    (condition) => {
      const alerts = new Alerts({ condition }).feed(90).removeSource();
      expect(alerts.groups).toEqual([]);
      expect(alerts.news).toEqual(['firing 90', 'resolved 90']);
      alerts.feed(95);
      expect(alerts.news).toEqual(['firing 90', 'resolved 90', 'firing 95']);
    },
  );

  it('say the same, whether or not the evaluator was restarted in between', () => {
    const values = fc.array(fc.constantFrom(10, 90, 95), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(values, fc.array(fc.boolean(), { maxLength: 30 }), (samples, restarts) => {
        const spec = { condition: 'cpu_usage > 80% for 3s', keepFiringForMs: 2_000 };
        const undisturbed = new Alerts(spec).feed(...samples);
        const disturbed = new Alerts(spec);
        samples.forEach((value, at) => {
          if (restarts[at] === true) disturbed.restartEvaluator();
          disturbed.feed(value);
        });
        expect(disturbed.news).toEqual(undisturbed.news);
        const ids = (alerts: Alerts) => alerts.groups.map(({ record }) => record?.id);
        expect(ids(disturbed)).toEqual(ids(undisturbed));
      }),
    );
  });
});
