import { launchSpecOf } from '../../state/agent-document.js';
import { httpCheck, processService } from '../../testing/service-manifest.js';
import { fieldThatNeedsRestart } from './same-process.js';

const specOf = (spec: Parameters<typeof processService>[1] = {}) =>
  launchSpecOf(processService('web', spec).spec);
const running = specOf();

describe('fieldThatNeedsRestart', () => {
  it.each([
    ['command', { command: ['other'] }],
    ['entrypoint', { entrypoint: ['sh'] }],
    ['env', { env: { MODE: 'live' } }],
    ['ports', { ports: [{ port: 81 }] }],
    ['user', { user: 'nobody' }],
    ['workingDir', { workingDir: '/tmp' }],
  ])('names %s', (field, spec) => {
    expect(fieldThatNeedsRestart(running, specOf(spec))).toBe(field);
  });

  it.each([
    ['a check', { healthCheck: httpCheck() }],
    ['more replicas', { replicas: 3 }],
    ['another grace period', { stopGracePeriodMs: 1 }],
    ['the same in another order', { command: [...(running.command ?? [])] }],
  ])('lets %s pass', (_what, spec) => {
    expect(fieldThatNeedsRestart(running, specOf(spec))).toBeUndefined();
  });
});
