import type { AgentAdmission } from '@vigil/contracts';
import { AgentRegistry } from './agent-registry.js';

const admission = (over: Partial<AgentAdmission> = {}): AgentAdmission => ({
  host: 'web-1',
  keyId: 'k1',
  keyHash: 'a'.repeat(64),
  labels: { role: 'web' },
  enrolledAt: 1,
  ...over,
});
const second = admission({ keyId: 'k2', keyHash: 'b'.repeat(64), enrolledAt: 2 });

function setUp() {
  const registry = new AgentRegistry();
  const removed: string[] = [];
  registry.onRemoved((host, keyId) => removed.push(`${host}/${keyId}`));
  const isLetIn = async ({ keyHash }: AgentAdmission) =>
    (await registry.find(Buffer.from(keyHash, 'hex'))) !== undefined;
  return { registry, removed, isLetIn };
}

describe('AgentRegistry', () => {
  it('knows whose key it is, and the labels of the host', async () => {
    const { registry } = setUp();
    registry.admit(admission());
    const key = await registry.find(Buffer.from('a'.repeat(64), 'hex'));
    expect(key?.principal).toMatchObject({ role: 'agent', host: 'web-1', keyId: 'k1' });
    expect(registry.labelsOf('web-1')).toEqual({ role: 'web' });
    expect(registry.labelsOf('db-1')).toEqual({});
  });

  it('shuts the old key out when the host is enrolled again', async () => {
    const { registry, removed, isLetIn } = setUp();
    registry.admit(admission());
    registry.admit(second);
    expect(await isLetIn(admission())).toBe(false);
    expect(await isLetIn(second)).toBe(true);
    expect(removed).toEqual(['web-1/k1']);
  });

  it('never lets a removed key in again, whatever late news says', async () => {
    const { registry, isLetIn } = setUp();
    registry.admit(admission());
    registry.remove('web-1', 'k1');
    registry.admit(admission());
    expect(await isLetIn(admission())).toBe(false);
  });

  it('keeps the newer enrolment when news come in another order', async () => {
    const { registry, isLetIn } = setUp();
    registry.admit(second);
    registry.admit(admission());
    expect(await isLetIn(second)).toBe(true);
    expect(await isLetIn(admission())).toBe(false);
  });

  it('leaves a newer key alone when an older one is removed', async () => {
    const { registry, isLetIn } = setUp();
    registry.admit(second);
    registry.remove('web-1', 'k1');
    expect(await isLetIn(second)).toBe(true);
  });

  it('becomes what the database says', async () => {
    const { registry, removed, isLetIn } = setUp();
    registry.admit(admission());
    const other = admission({ host: 'db-1', keyId: 'k3', keyHash: 'c'.repeat(64) });
    registry.replace([other]);
    expect(registry.hosts()).toEqual(['db-1']);
    expect(await isLetIn(other)).toBe(true);
    expect(removed).toEqual(['web-1/k1']);
  });
});
