import { jest } from '@jest/globals';
import { ManualClock } from '../clock/clock.js';
import { HealthRegistry, type ComponentHealth } from './health-registry.js';

const ok: ComponentHealth = { status: 'ok', latencyMs: 1 };
const degraded: ComponentHealth = { status: 'degraded', detail: 'slow' };
const down: ComponentHealth = { status: 'down', detail: 'refused' };

describe('the health of a service', () => {
  let clock: ManualClock;
  let health: HealthRegistry;
  beforeEach(() => {
    clock = new ManualClock(1_000);
    health = new HealthRegistry(clock, '1.2.3');
  });

  it('reports version, uptime and every component', async () => {
    health.register('postgres', () => ok);
    health.registerGroup('services', () => Promise.resolve({ gitopsd: ok, evaluator: degraded }));
    clock.advance(61_000);
    expect(await health.report()).toEqual({
      status: 'degraded',
      version: '1.2.3',
      uptimeSeconds: 61,
      components: { postgres: ok, gitopsd: ok, evaluator: degraded },
    });
  });

  it.each<[string, ComponentHealth, boolean, string]>([
    ['an ok component', ok, false, 'ok'],
    ['a degraded component', degraded, true, 'degraded'],
    ['a component that is down', down, false, 'degraded'],
    ['a critical component that is down', down, true, 'down'],
  ])('%s', async (_name, component, critical, status) => {
    health.register('it', () => component, { critical });
    health.register('another', () => ok);
    expect((await health.report()).status).toBe(status);
  });

  it('takes a failing check for a component that is down', async () => {
    health.register('it', () => Promise.reject(new Error('no route')));
    expect((await health.report()).components).toEqual({
      it: { status: 'down', detail: 'no route' },
    });
  });

  it('does not wait for a check that never answers', async () => {
    jest.useFakeTimers();
    try {
      health.register('it', () => new Promise(() => {}));
      const report = health.report();
      await jest.advanceTimersByTimeAsync(2_000);
      expect((await report).components['it']).toMatchObject({ status: 'down' });
    } finally {
      jest.useRealTimers();
    }
  });

  it('forgets a component that was removed', async () => {
    const remove = health.register('it', () => down);
    remove();
    expect(await health.report()).toMatchObject({ status: 'ok', components: {} });
  });

  describe('readiness', () => {
    it('begins when the service has started and every gating component was up once', async () => {
      let component = down;
      health.register('gate', () => component, { gatesReadiness: true });
      health.register('other', () => down);
      expect(await health.isReady()).toBe(false);
      health.markStarted();
      expect(await health.isReady()).toBe(false);
      component = degraded;
      expect(await health.isReady()).toBe(true);
    });

    it('stays when a component goes away again, and ends when the service stops', async () => {
      let component = ok;
      health.register('gate', () => component, { gatesReadiness: true });
      health.markStarted();
      expect(await health.isReady()).toBe(true);
      component = down;
      expect(await health.isReady()).toBe(true);
      health.markStopping();
      expect(await health.isReady()).toBe(false);
    });
  });
});
