import { desiredStateKey, type ResourceMemory, type UnmanagedContainer } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { Knowledge } from '../knowledge.js';
import { digestOf, id, replica, service, snapshot, T0 } from '../testing/fixtures.js';
import { findDifferences } from './find-differences.js';

const resource = id('default/web');

function find(
  of: Service,
  hosts: readonly {
    name: string;
    replicas: readonly number[];
    labels?: Record<string, string>;
    unmanaged?: UnmanagedContainer[];
  }[],
  placement: ResourceMemory['placement'],
  { removed = [], since }: { removed?: readonly string[]; since?: number } = {},
) {
  const knowledge = new Knowledge();
  for (const host of removed) knowledge.removed.remove(host, T0);
  const { desired, observed } = knowledge;
  const digest = digestOf(of);
  desired.putManifest(digest, of);
  const entries = [
    { resource, digest, file: 'a.yaml', line: 1, ...(since === undefined ? {} : { since }) },
  ];
  desired.putIndex(desiredStateKey.index('git', 'r', 0), entries);
  desired.putPointer({ source: 'git', revision: 'r', chunks: 1, generation: 1, inForceAt: T0 });
  for (const { name, replicas, labels = {}, unmanaged = [] } of hosts) {
    const seen = replicas.map((number) => replica(of, number));
    observed.observe(snapshot(name, 1, seen, { hostLabels: labels, unmanaged }), T0);
  }
  const memory = { resource, open: [], placement, attempts: {}, decisions: [] };
  const effective = { service: of, digest, stopped: false, hold: undefined };
  const found = findDifferences(
    knowledge,
    { resource, memory, now: T0 },
    desired.current(resource),
    effective,
    observed.replicasOf(resource),
  );
  return {
    causes: found.differences.map(({ causeKey }) => causeKey),
    types: found.differences.map(({ type, host }) => `${type} ${host ?? '-'}`),
    placement: found.placement.map(({ replica: number, host }) => `${number}@${host}`),
    places: found.placement,
  };
}

const web = service('web', {
  replicas: 2,
  placement: { hosts: { matchLabels: { role: 'web' } }, spread: true, reschedule: false },
});
const labels = { role: 'web' };

describe('finding differences', () => {
  it('looks at the whole fleet when something is in the way of a replica', () => {
    const fixed = service('web', { ports: [{ port: 80, hostPort: 8080 }] });
    const unmanaged = [{ id: 'f00', name: 'old', image: 'nginx', hostPorts: [8080] }];
    const hosts = (isFree: boolean) => [
      { name: 'a', replicas: [], unmanaged },
      { name: 'b', replicas: [], ...(isFree ? {} : { unmanaged }) },
    ];
    const placement = [{ replica: 0, host: 'a' }];
    expect(find(fixed, hosts(false), placement)).toMatchObject({ types: ['conflict a'] });
    expect(find(fixed, hosts(true), placement)).toMatchObject({
      types: ['missing b'],
      placement: ['0@b'],
    });
  });

  it('remembers where a replica was seen, so that it stays where its data is', () => {
    const fixed = service('web', { ports: [{ port: 80, hostPort: 8080 }] });
    const ran = find(fixed, [{ name: 'a', replicas: [0] }], []);
    expect(ran.places).toEqual([{ replica: 0, host: 'a', seen: true }]);
    const unmanaged = [{ id: 'f00', name: 'old', image: 'nginx', hostPorts: [8080] }];
    const hosts = [
      { name: 'a', replicas: [], unmanaged },
      { name: 'b', replicas: [] },
    ];
    const gone = find(fixed, hosts, ran.places);
    expect(gone).toMatchObject({ types: ['conflict a'], places: ran.places });
  });

  it('looks at the whole fleet when a replica has no place', () => {
    const hosts = [
      { name: 'a', replicas: [0], labels },
      { name: 'b', replicas: [], labels },
    ];
    expect(find(web, hosts, [{ replica: 0, host: 'a' }])).toMatchObject({
      types: ['missing b'],
      placement: ['0@a', '1@b'],
    });
  });

  it('leaves replicas where they are', () => {
    const hosts = [
      { name: 'a', replicas: [0, 1], labels },
      { name: 'b', replicas: [], labels },
    ];
    const placement = [
      { replica: 0, host: 'a' },
      { replica: 1, host: 'a' },
    ];
    expect(find(web, hosts, placement)).toMatchObject({ types: [], placement: ['0@a', '1@a'] });
  });

  it('moves a replica whose host no longer matches', () => {
    const hosts = [
      { name: 'a', replicas: [0], labels },
      { name: 'b', replicas: [1] },
      { name: 'c', replicas: [], labels },
    ];
    const placement = [
      { replica: 0, host: 'a' },
      { replica: 1, host: 'b' },
    ];
    expect(find(web, hosts, placement)).toMatchObject({
      // the old one stays until the new one runs
      types: ['missing c'],
      placement: ['0@a', '1@c'],
    });
  });

  it('says that nothing is known of a host that was never heard of', () => {
    const placement = [
      { replica: 0, host: 'a' },
      { replica: 1, host: 'lost' },
    ];
    expect(find(web, [{ name: 'a', replicas: [0], labels }], placement)).toMatchObject({
      types: ['unreachable lost'],
      placement: ['0@a', '1@lost'],
    });
  });

  it('places anew what was on a host that was removed', () => {
    const placement = [
      { replica: 0, host: 'a' },
      { replica: 1, host: 'gone' },
    ];
    const hosts = [
      { name: 'a', replicas: [0], labels },
      { name: 'b', replicas: [], labels },
    ];
    expect(find(web, hosts, placement, { removed: ['gone'] })).toMatchObject({
      types: ['missing b'],
      placement: ['0@a', '1@b'],
    });
  });

  it('takes a manifest that comes back later for another wish', () => {
    const hosts = [{ name: 'a', replicas: [], labels }];
    const causes = (since: number | undefined) =>
      find(web, hosts, [], since === undefined ? {} : { since }).causes;
    expect(causes(4)).toEqual(causes(4));
    expect(new Set([...causes(4), ...causes(6), ...causes(undefined)]).size).toBe(6);
  });
});
