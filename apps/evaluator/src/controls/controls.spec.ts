import { id, T0 } from '../testing/fixtures.js';
import { Controls } from './controls.js';

const web = id('default/web');
const control = (change = {}) => ({
  active: true,
  reason: 'why',
  actor: 'alice',
  at: T0,
  ...change,
});

describe('controls', () => {
  it('knows the widest switch that stops a resource', () => {
    const controls = new Controls();
    expect(controls.stopped(web, 'git', T0)).toBeUndefined();
    controls.setResource(web, control());
    expect(controls.stopped(web, 'git', T0)?.scope).toBe('resource');
    controls.setSource('git', control());
    expect(controls.stopped(web, 'git', T0)?.scope).toBe('source');
    expect(controls.stopped(web, 'other', T0)?.scope).toBe('resource');
    controls.setStop(control());
    expect(controls.stopped(id('default/db'), undefined, T0)?.scope).toBe('system');
    controls.setStop(control({ active: false }));
    expect(controls.stopped(id('default/db'), undefined, T0)).toBeUndefined();
  });

  it('cannot say that nothing stops a resource while switches may be missing', () => {
    const controls = new Controls();
    controls.setKnown(false);
    expect(controls.stopped(web, 'git', T0)).toEqual({ scope: 'unknown' });
    controls.setStop(control());
    expect(controls.stopped(web, 'git', T0)?.scope).toBe('system');
    controls.setStop(control({ active: false }));
    expect(controls.stopped(web, 'git', T0)).toEqual({ scope: 'unknown' });
    controls.setKnown(true);
    expect(controls.stopped(web, 'git', T0)).toBeUndefined();
  });

  it('keeps what is newer than what somebody puts back', () => {
    const controls = new Controls();
    controls.setStop(control({ at: T0 + 1 }));
    controls.setStop(control({ at: T0, active: false }));
    expect(controls.stopped(web, 'git', T0 + 2)?.scope).toBe('system');
    controls.setSource('git', control({ at: T0 + 2, active: false }));
    controls.setStop(control({ at: T0 + 2, active: false }));
    controls.setSource('git', control({ at: T0 + 1 }));
    expect(controls.stopped(web, 'git', T0 + 3)).toBeUndefined();
  });

  it('ends a switch at its time, and says when that is', () => {
    const controls = new Controls();
    controls.setStop(control({ until: T0 + 10 }));
    expect(controls.nextEndAt(web, undefined, T0)).toBe(T0 + 10);
    expect(controls.stopped(web, undefined, T0 + 10)).toBeUndefined();
    expect(controls.nextEndAt(web, undefined, T0 + 10)).toBeUndefined();
  });

  it('knows when something last changed, by itself too', () => {
    const controls = new Controls();
    expect(controls.lastChangeAt(web, 'git', T0)).toBe(0);
    controls.setSource('git', control({ at: T0 + 1 }));
    controls.setResource(web, control({ at: T0, until: T0 + 5 }));
    expect(controls.lastChangeAt(web, 'git', T0 + 2)).toBe(T0 + 1);
    expect(controls.lastChangeAt(web, 'git', T0 + 6)).toBe(T0 + 5);
    expect(controls.lastChangeAt(web, 'other', T0 + 2)).toBe(T0);
    controls.setSource('git', undefined);
    expect(controls.lastChangeAt(web, 'git', T0 + 2)).toBe(T0);
  });
});
