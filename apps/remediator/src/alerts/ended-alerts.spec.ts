import { EndedAlerts } from './ended-alerts.js';

describe('alerts', () => {
  it('are not known before anything was read, and while ends may have been missed', () => {
    const alerts = new EndedAlerts();
    expect(alerts.stateOf(['a'], 1_000)).toBe('unknown');
    alerts.begin(1_000);
    expect(alerts.stateOf(['a'], 999)).toBe('unknown');
    expect(alerts.stateOf(['a'], 1_000)).toBe('firing');
  });

  it('have ended when every one of them has', () => {
    const alerts = new EndedAlerts();
    alerts.begin(0);
    alerts.end('a');
    expect(alerts.stateOf(['a', 'b'], 1)).toBe('firing');
    alerts.end('b');
    expect(alerts.stateOf(['a', 'b'], 1)).toBe('ended');
    expect(alerts.stateOf([], 1)).toBe('firing');
  });

  it('stay ended when later ends were missed', () => {
    const alerts = new EndedAlerts();
    alerts.begin(0);
    alerts.end('a');
    alerts.begin(5_000);
    expect(alerts.stateOf(['a'], 1)).toBe('ended');
    expect(alerts.stateOf(['b'], 1)).toBe('unknown');
  });
});
