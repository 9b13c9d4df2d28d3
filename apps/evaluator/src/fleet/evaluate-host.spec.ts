import { desiredStateKey, type ResourceMemory } from '@vigil/contracts';
import { resourceId, type Host, type Manifest } from '@vigil/manifests';
import { findDifferences } from '../drift-detection/find-differences.js';
import { Knowledge } from '../knowledge.js';
import { AGENT_SILENCE_MS } from '../observed/observed-state.js';
import { digestOf, id, service, snapshot, T0 } from '../testing/fixtures.js';
import { evaluateHost } from './evaluate-host.js';

const NAME = 'Web-1.example.org';
const resource = resourceId({ namespace: 'default', kind: 'Host', name: NAME });

const host = (labels: Record<string, string>): Host => ({
  apiVersion: 'vigil.io/v1',
  kind: 'Host',
  metadata: { name: NAME, namespace: 'default', labels: {} },
  spec: { labels },
});

class World {
  readonly knowledge = new Knowledge();
  private generation = 0;
  private memory: ResourceMemory | undefined;

  declare(...manifests: Manifest[]) {
    const { desired } = this.knowledge;
    const generation = (this.generation += 1);
    const revision = `r${generation}`;
    for (const manifest of manifests) desired.putManifest(digestOf(manifest), manifest);
    const entries = manifests.map((manifest) => {
      const { namespace, name } = manifest.metadata;
      const declared = resourceId({ namespace, kind: manifest.kind, name });
      return { resource: declared, digest: digestOf(manifest), file: 'a.yaml', line: 1 };
    });
    desired.putIndex(desiredStateKey.index('git', revision, 0), entries);
    return desired.putPointer({
      source: 'git',
      revision,
      chunks: 1,
      generation,
      inForceAt: T0,
    });
  }

  report(hostLabels: Record<string, string> = {}): this {
    this.knowledge.observed.observe(snapshot(NAME, 1, [], { hostLabels }), T0);
    return this;
  }

  evaluate(now = T0) {
    const evaluation = evaluateHost(this.knowledge, resource, this.memory, now);
    this.memory = evaluation.memory;
    return evaluation;
  }

  /** Where a replica that needs `role: web` belongs. */
  place() {
    const web = service('web', {
      placement: { hosts: { matchLabels: { role: 'web' } }, spread: true, reschedule: false },
    });
    const { placement } = findDifferences(
      this.knowledge,
      { resource: id('default/web'), memory: undefined, now: T0 },
      { status: 'absent' },
      { service: web, digest: digestOf(web), stopped: false, hold: undefined },
      [],
    );
    return placement.map((placed) => placed.host);
  }
}

describe('a host that Git declares', () => {
  it('is shown as missing until its agent reports, and as unknown when it falls silent', () => {
    const world = new World();
    world.declare(host({ role: 'web' }));
    expect(world.evaluate().status).toMatchObject({
      source: 'git',
      sync: 'Synced',
      health: 'Missing',
      message: 'no agent has reported from this host',
      removed: false,
    });
    expect(world.evaluate().status).toBeUndefined();
    world.report();
    expect(world.evaluate().status).toMatchObject({ health: 'Healthy' });
    expect(world.evaluate(T0 + AGENT_SILENCE_MS).status).toMatchObject({ health: 'Unknown' });
  });

  it('is missing again when its agent was taken out of the fleet', () => {
    const world = new World().report();
    world.declare(host({}));
    world.knowledge.removed.remove(NAME, T0);
    expect(world.evaluate().status).toMatchObject({ health: 'Missing' });
  });

  it('is forgotten when it leaves Git, and only then', () => {
    const world = new World();
    world.declare(host({}));
    world.evaluate();
    world.knowledge.desired.distrust();
    expect(world.evaluate().status).toBeUndefined();
    world.declare();
    expect(world.evaluate()).toMatchObject({ memory: undefined, status: { removed: true } });
    expect(world.evaluate().status).toBeUndefined();
  });

  it('is never a reason to do anything', () => {
    const world = new World();
    world.declare(host({}));
    expect(world.evaluate()).toMatchObject({ request: undefined, drift: [], decisions: [] });
  });
});

describe('labels of hosts', () => {
  it.each<[string, Record<string, string>, Record<string, string> | undefined, string[]]>([
    ['of enrolment', { role: 'web' }, undefined, [NAME]],
    ['of Git', {}, { role: 'web' }, [NAME]],
    ['of Git before those of enrolment', { role: 'web' }, { role: 'db' }, []],
    ['of both', { role: 'web' }, { zone: 'a' }, [NAME]],
    ['of neither', {}, undefined, []],
  ])('%s decide about placement', (_what, enrolled, declared, expected) => {
    const world = new World().report(enrolled);
    world.declare(...(declared === undefined ? [] : [host(declared)]));
    expect(world.place()).toEqual(expected);
  });

  it('stay as they are while the desired state is lost', () => {
    const world = new World().report();
    world.declare(host({ role: 'web' }));
    world.knowledge.desired.distrust();
    expect(world.place()).toEqual([NAME]);
  });

  it('may change every placement', () => {
    const world = new World();
    expect(world.declare(host({ role: 'web' }))).toMatchObject({ hosts: true });
    expect(world.declare(host({ role: 'web' }), service('web'))).toMatchObject({ hosts: false });
    expect(world.declare(service('web'))).toMatchObject({ hosts: true });
  });
});
