import type { Service, ServiceSpec } from '@vigil/manifests';
import { makesTheSame } from './makes-the-same.js';
import { service as fixture } from './testing/fleet.js';

const service = fixture();
const changed = (change: Partial<ServiceSpec>): Service => ({
  ...service,
  spec: { ...service.spec, ...change },
});

describe('what a replica is made by', () => {
  it.each<[string, Partial<ServiceSpec>]>([
    ['the mode', { remediation: { ...service.spec.remediation, mode: 'observe' } }],
    ['how many there are, and where', { replicas: 7, scale: { min: 1, max: 9 } }],
    ['what it depends on', { dependsOn: ['default/Service/db'] }],
    ['what becomes of it without a manifest', { prune: !service.spec.prune }],
    ['what is ignored', { drift: { ignore: ['/env/BUILD'] } }],
    ['what was there before it', { adopt: ['web-1'] }],
  ])('is the same: %s', (_what, change) => {
    expect(makesTheSame(service, changed(change))).toBe(true);
  });

  it.each<[string, Partial<ServiceSpec>]>([
    ['its program', { command: ['other'] }],
    ['a variable', { env: { ...service.spec.env, MORE: 'x' } }],
    ['its limits', { resources: { cpuCores: 7 } }],
    ['how long it may take to stop', { stopGracePeriodMs: 1 }],
    ['how its image is fetched', { pullPolicy: 'Never' }],
  ])('is another: %s', (_what, change) => {
    expect(makesTheSame(service, changed(change))).toBe(false);
    expect(makesTheSame(changed(change), service)).toBe(false);
  });
});
