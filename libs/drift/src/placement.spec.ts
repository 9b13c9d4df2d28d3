import type { Service } from '@vigil/manifests';
import fc from 'fast-check';
import type { CandidateHost } from './drift.js';
import { host, launched, service, WEB } from './testing/fleet.js';
import { hasFixedHostPort } from './host-ports.js';
import { place } from './placement.js';

const hostsNamed = (...names: string[]) => names.map((name) => host(name));

function placed(
  spec: object,
  hosts: readonly CandidateHost[],
  placement: readonly string[] = [],
  goneHosts: ReadonlySet<string> = new Set(),
): readonly (string | undefined)[] {
  const wanted = service(spec);
  const result = place({
    resource: WEB,
    service: wanted,
    observed: [],
    hosts,
    placement: placement.map((name, replica) => ({ replica, host: name })),
    goneHosts,
  });
  return Array.from(
    { length: wanted.spec.replicas },
    (_, replica) =>
      result.placed.find((each) => each.replica === replica)?.host ??
      result.unplaced.find((each) => each.replica === replica)?.code,
  );
}

const FIXED = { ports: [{ port: 80, hostPort: 8080 }] };
const moving = { placement: { spread: true, reschedule: true } };
const silent = (name: string) => host(name, { reachable: false });

describe('place', () => {
  it('spreads replicas over hosts, evenly', () => {
    const on = placed({ replicas: 6 }, hostsNamed('a', 'b', 'c'));
    expect(['a', 'b', 'c'].map((name) => on.filter((each) => each === name).length)).toEqual([
      2, 2, 2,
    ]);
  });

  it('does not spread when that is not wanted', () => {
    const placement = { spread: false, reschedule: false };
    const counts = new Map<string | undefined, number>();
    for (const each of placed({ replicas: 30, placement }, hostsNamed('a', 'b', 'c'))) {
      counts.set(each, (counts.get(each) ?? 0) + 1);
    }
    // By chance, not by count: all hosts get some, hardly all the same.
    expect(counts.size).toBe(3);
  });

  it('takes only hosts with the labels and the runtime', () => {
    const placement = { hosts: { matchLabels: { role: 'web' } }, spread: true, reschedule: false };
    const web = (name: string, runtimes = ['process']) =>
      host(name, { labels: { role: 'web' }, runtimes });
    const hosts = [host('a'), web('b', ['docker']), web('c')];
    expect(placed({ replicas: 2, placement }, hosts)).toEqual(['c', 'c']);
    expect(placed({ replicas: 1, placement }, hosts.slice(0, 2))).toEqual(['no-runtime']);
    expect(placed({ replicas: 1, placement }, hosts.slice(0, 1))).toEqual(['no-matching-host']);
    expect(placed({ replicas: 1, placement }, [])).toEqual(['no-matching-host']);
  });

  it('allows one replica per host with a fixed host port', () => {
    const on = placed({ replicas: 3, ...FIXED }, hostsNamed('a', 'b'));
    expect([...on].sort()).toEqual(['a', 'b', 'host-port-taken']);
    expect(placed({ replicas: 2, ...FIXED }, hostsNamed('a', 'b'), ['a', 'a'])).toEqual(['a', 'b']);
  });

  it('leaves replicas where they are', () => {
    expect(placed({ replicas: 3 }, hostsNamed('a', 'b', 'c'), ['b', 'b', 'b'])).toEqual([
      'b',
      'b',
      'b',
    ]);
    expect(placed({ replicas: 3 }, hostsNamed('a', 'b'), ['b', 'b'])).toEqual(['b', 'b', 'a']);
  });

  it('moves them from a host that does not match any more, and from one that left', () => {
    const hosts = [host('a', { runtimes: [] }), host('b')];
    expect(placed({ replicas: 1 }, hosts, ['a'])).toEqual(['b']);
    expect(placed({ replicas: 1 }, hostsNamed('a', 'b'), ['a'], new Set(['a']))).toEqual(['b']);
  });

  it('leaves them on a host that is silent or not known, unless they are to move', () => {
    const hosts = [silent('a'), host('b')];
    expect(placed({ replicas: 2 }, hosts, ['a', 'z'])).toEqual(['a', 'z']);
    expect(placed({ replicas: 2, ...moving }, hosts, ['a', 'z'])).toEqual(['b', 'b']);
    expect(placed({ replicas: 1, ...moving }, [silent('a')], ['a'])).toEqual(['hosts-unreachable']);
  });

  it('puts nothing new on a silent host', () => {
    expect(placed({ replicas: 2 }, [silent('a'), host('b')])).toEqual(['b', 'b']);
    expect(placed({ replicas: 1 }, [silent('a')])).toEqual(['hosts-unreachable']);
  });

  it('takes where a replica runs for its place when none is remembered', () => {
    const wanted = service({ replicas: 1 });
    const replica = launched({ service: wanted, digest: 'd' }, 0);
    const at = (name: string, state: 'running' | 'exited') => ({
      host: name,
      replica: { ...replica, state },
    });
    const on = (
      observed: ReturnType<typeof at>[],
      placement: { replica: number; host: string }[] = [],
    ) =>
      place({
        resource: WEB,
        service: wanted,
        observed,
        hosts: hostsNamed('a', 'b', 'c'),
        placement,
      }).placed[0]?.host;
    expect(on([at('a', 'running')])).toBe('a');
    expect(on([at('b', 'running')])).toBe('b');
    expect(on([at('a', 'exited'), at('c', 'running')])).toBe('c');
    expect(on([at('a', 'running')], [{ replica: 0, host: 'b' }])).toBe('b');
  });

  const names = fc.uniqueArray(fc.stringMatching(/^h[a-z0-9]{1,6}$/), {
    minLength: 1,
    maxLength: 12,
  });

  it('does not depend on the order of hosts', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 8 }), (hosts, replicas) => {
        const forwards = placed({ replicas }, hostsNamed(...hosts));
        expect(placed({ replicas }, hostsNamed(...[...hosts].reverse()))).toEqual(forwards);
      }),
    );
  });

  it('differs by one replica at most between hosts that are free', () => {
    fc.assert(
      fc.property(names, fc.integer({ min: 0, max: 30 }), (hosts, replicas) => {
        const on = placed({ replicas }, hostsNamed(...hosts));
        const counts = hosts.map((name) => on.filter((each) => each === name).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('stays as it is when it is asked again, also with more hosts and more replicas', () => {
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 8 }), (hosts, more, replicas) => {
        const first = placed({ replicas }, hostsNamed(...hosts));
        const all = hostsNamed(...new Set([...hosts, ...more]));
        const kept = first.filter((each) => each !== undefined);
        expect(placed({ replicas: replicas + 2 }, all, kept).slice(0, replicas)).toEqual(first);
      }),
    );
  });
});

describe('what is in the way of a replica', () => {
  const obstacle = { id: 'f00', name: 'old', image: 'nginx', hostPorts: [8080] };
  const taken = (name: string) => host(name, { unmanaged: [obstacle] });
  const free = (name: string) => host(name);

  it('sends new replicas elsewhere, and only keeps its host when there is no other', () => {
    const [chosen] = placed(FIXED, [free('a'), free('b'), free('c')]);
    const hosts = ['a', 'b', 'c'].map((name) => (name === chosen ? taken(name) : free(name)));
    const [other] = placed(FIXED, hosts);
    expect(other).not.toBe(chosen);
    expect(placed(FIXED, [taken('a')])).toEqual(['a']);
    expect(placed({ ...FIXED, replicas: 2 }, [taken('a'), free('b')]).toSorted()).toEqual([
      'a',
      'b',
    ]);
  });

  it('is of no account for a port that is not fixed', () => {
    const hosts = [free('a'), free('b'), free('c')];
    const on = placed({ replicas: 3 }, hosts);
    expect(placed({ replicas: 3 }, [taken('a'), taken('b'), free('c')])).toEqual(on);
  });

  it('moves a replica that was never seen where it was placed, and no other', () => {
    const hosts = [taken('a'), free('b')];
    expect(placed(FIXED, hosts, ['a'])).toEqual(['b']);
    expect(placed(FIXED, [taken('a'), taken('b')], ['a'])).toEqual(['a']);
    expect(placed({ ...FIXED, replicas: 2 }, hosts, ['a', 'b'])).toEqual(['a', 'b']);
    const wanted = service(FIXED);
    for (const state of ['running', 'exited', 'stopped'] as const) {
      const replica = { ...launched({ service: wanted, digest: 'd' }, 0), state };
      const { placed: on } = place({
        resource: WEB,
        service: wanted,
        observed: [{ host: 'a', replica }],
        hosts,
        placement: [{ replica: 0, host: 'a' }],
      });
      expect(on).toEqual([{ replica: 0, host: 'a' }]);
    }
  });

  it('moves no replica that was there once: its volumes are there', () => {
    const { placed: on } = place({
      resource: WEB,
      service: service(FIXED),
      observed: [],
      hosts: [taken('a'), free('b')],
      placement: [{ replica: 0, host: 'a', seen: true }],
    });
    expect(on).toEqual([{ replica: 0, host: 'a' }]);
  });

  it('moves one that was there once only to what it is to take over', () => {
    const adopting = service({ ...dockerSpec(), ports: FIXED.ports, adopt: ['shop'] });
    const candidate = { ...obstacle, name: 'shop', adoptable: true };
    const on = (unmanaged: CandidateHost['unmanaged']) =>
      place({
        resource: WEB,
        service: adopting,
        observed: [],
        hosts: [
          host('a', { runtimes: ['docker'], unmanaged: [obstacle] }),
          host('b', { runtimes: ['docker'], unmanaged }),
        ],
        placement: [{ replica: 0, host: 'a', seen: true }],
      }).placed;
    expect(on([candidate])).toEqual([{ replica: 0, host: 'b' }]);
    expect(on([])).toEqual([{ replica: 0, host: 'a' }]);
  });

  it('is a name, too', () => {
    const { placed: on } = place({
      resource: WEB,
      service: service(dockerSpec()),
      observed: [],
      hosts: ['a', 'b'].map((name) =>
        host(name, {
          runtimes: ['docker'],
          unmanaged: [{ ...obstacle, name: 'vigil-a-0', hostPorts: [] }],
        }),
      ),
      placement: [{ replica: 0, host: 'a' }],
      containerName: (name, replica) => `vigil-${name}-${replica}`,
    });
    expect(on).toEqual([{ replica: 0, host: 'b' }]);
  });

  it('is what it is to take over: that is where it goes', () => {
    const adopting = service({ ...dockerSpec(), ports: FIXED.ports, adopt: ['old'] });
    for (const where of ['a', 'b']) {
      const { placed: on } = place({
        resource: WEB,
        service: adopting,
        observed: [],
        hosts: ['a', 'b'].map((name) =>
          host(name, {
            runtimes: ['docker'],
            ...(name === where ? { unmanaged: [{ ...obstacle, adoptable: true }] } : {}),
          }),
        ),
        placement: [],
      });
      expect(on).toEqual([{ replica: 0, host: where }]);
    }
  });

  const fleets = fc
    .uniqueArray(
      fc.record({ name: fc.stringMatching(/^h[a-z0-9]{1,4}$/), isTaken: fc.boolean() }),
      { selector: ({ name }) => name, minLength: 1, maxLength: 8 },
    )
    .map((all) => all.map(({ name, isTaken }) => (isTaken ? taken(name) : free(name))));

  it('is where a replica is only when there is no free host', () => {
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: 8 }), (hosts, replicas) => {
        const on = placed({ ...FIXED, replicas }, hosts);
        const used = on.filter((each) => hosts.some((known) => known.host === each));
        expect(new Set(used).size).toBe(used.length);
        expect(used).toHaveLength(Math.min(replicas, hosts.length));
        const unused = hosts.filter((known) => !used.includes(known.host));
        const isInTheWay = hosts.some(
          (known) => known.unmanaged !== undefined && used.includes(known.host),
        );
        if (isInTheWay) expect(unused.every((known) => known.unmanaged !== undefined)).toBe(true);
      }),
    );
  });

  it('moves nothing twice, and depends on no order', () => {
    fc.assert(
      fc.property(fleets, fleets, fc.integer({ min: 1, max: 8 }), (before, after, replicas) => {
        const spec = { ...FIXED, replicas };
        const names = new Set(before.map(({ host: name }) => name));
        const first = placed(spec, before).flatMap((each) =>
          each !== undefined && names.has(each) ? [each] : [],
        );
        const next = placed(spec, after, first);
        expect(placed(spec, [...after].reverse(), first)).toEqual(next);
        const known = next.flatMap((each) =>
          each !== undefined && after.some((one) => one.host === each) ? [each] : [],
        );
        if (known.length === replicas) expect(placed(spec, after, known)).toEqual(known);
      }),
    );
  });
});

function dockerSpec(): Partial<Service['spec']> {
  return { runtime: 'docker', image: 'nginx', command: undefined, ports: [] };
}

describe('hasFixedHostPort', () => {
  const check = (port: number): Partial<Service['spec']> => ({
    healthCheck: {
      kind: 'tcp',
      port,
      intervalMs: 1000,
      timeoutMs: 500,
      retryIntervalMs: 333,
      failureThreshold: 3,
      startPeriodMs: 0,
    },
  });

  it.each<[string, Partial<Service['spec']>, boolean]>([
    ['an assigned port', {}, false],
    ['a fixed port', FIXED, true],
    ['a check on a port that is not declared', { ports: [], ...check(9000) }, true],
    ['a check on a declared port', { ports: [{ port: 9000 }], ...check(9000) }, false],
    ['a container’s check', { runtime: 'docker', ports: [], ...check(9000) }, false],
  ])('%s', (_what, spec, expected) => {
    expect(hasFixedHostPort(service(spec))).toBe(expected);
  });

  it('is not there without a check', () => {
    const { healthCheck: _healthCheck, ...spec } = service({ ports: [] }).spec;
    expect(hasFixedHostPort({ ...service(), spec })).toBe(false);
  });
});
