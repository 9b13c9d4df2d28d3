import fc from 'fast-check';
import { compareResource } from './compare-resource.js';
import type { Service } from '@vigil/manifests';
import type { ComparisonInput, DesiredService, Difference, ObservedReplica } from './drift.js';
import { fleet, host, launched, service } from './testing/fleet.js';

/** `type[!] host/replica path: desired → observed`; `!` means corrective. */
function told(input: ComparisonInput): readonly string[] {
  return compareResource(input).differences.map((difference) => {
    const { type, path, desired, observed, host: on = '-', replica = '-' } = difference;
    const mark = difference.class === 'corrective' ? '!' : '';
    const sides = `${JSON.stringify(desired)} → ${JSON.stringify(observed)}`;
    return `${type}${mark} ${on}/${replica} ${path}: ${sides}`;
  });
}

const desired = (spec = {}, digest = 'd1'): DesiredService => ({ service: service(spec), digest });

function observing(effective: DesiredService, changes = {}, on = 'a'): Partial<ComparisonInput> {
  return { effective, observed: [{ host: on, replica: launched(effective, 0, changes) }] };
}

describe('what is missing', () => {
  it.each([
    ['nothing differs', fleet(), []],
    [
      'the process died',
      fleet(observing(desired(), { state: 'exited' })),
      ['missing! a/0 /replicas: "running" → "exited"'],
    ],
    [
      'a person stopped it, and that is over',
      fleet(observing(desired(), { state: 'stopped' })),
      ['missing! a/0 /replicas: "running" → "stopped"'],
    ],
    ['it never ran', fleet({ observed: [] }), ['missing a/0 /replicas: "running" → null']],
    [
      'it died and the manifest changed',
      fleet(observing(desired({}, 'd2'), { state: 'exited', specDigest: 'd1' })),
      ['missing a/0 /replicas: "running" → "exited"'],
    ],
    [
      'no host has the labels',
      fleet({
        effective: desired({
          placement: { hosts: { matchLabels: { role: 'web' } }, spread: true, reschedule: false },
        }),
        observed: [],
      }),
      ['missing -/0 /replicas: "running" → "no host has the labels role=web"'],
    ],
  ])('when %s', (_what, input, expected) => {
    expect(told(input)).toEqual(expected);
  });

  it('is corrective when the other replicas run with the manifest already', () => {
    const effective = desired({ replicas: 2 });
    const observed = [{ host: 'a', replica: launched(effective, 0) }];
    expect(told(fleet({ effective, observed }))).toEqual([
      'missing! a/1 /replicas: "running" → null',
    ]);
  });
});

describe('what changed it, when the manifest changed in something else', () => {
  const before = desired({}, 'd1');
  const now = desired({ replicas: 2, command: ['node', 'new.js'] }, 'd2');
  const onlyCount = desired({ replicas: 2 }, 'd2');
  const manifestOf = (digest: string) => (digest === 'd1' ? before.service : undefined);
  const seen = (changes: object, config: object = {}): readonly ObservedReplica[] => {
    const replica = launched(before, 0, changes);
    return [{ host: 'a', replica: { ...replica, config: { ...replica.config, ...config } } }];
  };

  it.each([
    [
      'a hand edit of what both manifests say',
      { effective: onlyCount, observed: seen({}, { env: { MODE: 'test' } }) },
      ['config! a/0 /env/MODE: "live" → "test"', 'missing a/1 /replicas: "running" → null'],
    ],
    [
      'a variable that neither of them says',
      { effective: onlyCount, observed: seen({}, { env: { MODE: 'live', DEBUG: '1' } }) },
      ['config! a/0 /env/DEBUG: null → "1"', 'missing a/1 /replicas: "running" → null'],
    ],
    [
      'the roll-out of a field, beside a hand edit of another one',
      { effective: now, observed: seen({}, { env: {} }) },
      [
        'config a/0 /command: ["node","new.js"] → ["node","server.js"]',
        'config! a/0 /env/MODE: "live" → null',
        'missing a/1 /replicas: "running" → null',
      ],
    ],
    [
      'a process that died',
      { effective: onlyCount, observed: seen({ state: 'exited' }) },
      ['missing! a/0 /replicas: "running" → "exited"', 'missing a/1 /replicas: "running" → null'],
    ],
    [
      'a process that died before its new manifest came',
      { effective: now, observed: seen({ state: 'exited' }) },
      ['missing a/0 /replicas: "running" → "exited"', 'missing a/1 /replicas: "running" → null'],
    ],
    [
      'a replica that lost every trace',
      {
        effective: desired({ replicas: 1 }, 'd3'),
        observed: [],
      },
      ['missing a/0 /replicas: "running" → null'],
    ],
  ])('tells %s', (_what, change, expected) => {
    expect(told(fleet({ ...change, manifestOf }))).toEqual(expected);
  });

  it('tells a replica that the lower number made superfluous from one that was never wanted', () => {
    const two = desired({ replicas: 2 }, 'd2');
    const one = desired({ replicas: 1 }, 'd1');
    const manifests = (digest: string) => (digest === 'd2' ? two.service : undefined);
    const observed = [0, 1, 2].map((replica) => ({ host: 'a', replica: launched(two, replica) }));
    expect(told(fleet({ effective: one, observed, manifestOf: manifests }))).toEqual([
      'replicas a/1 /replicas: null → "running"',
      'replicas! a/2 /replicas: null → "running"',
    ]);
  });

  it('tells a lost replica from one that a higher number wants', () => {
    const two = desired({ replicas: 2 }, 'd2');
    const three = desired({ replicas: 3 }, 'd3');
    const manifests = (digest: string) => (digest === 'd2' ? two.service : undefined);
    const observed = [{ host: 'a', replica: launched(two, 0) }];
    expect(told(fleet({ effective: three, observed, manifestOf: manifests }))).toEqual([
      'missing! a/1 /replicas: "running" → null',
      'missing a/2 /replicas: "running" → null',
    ]);
  });
});

describe('the cause of a replica that was never seen', () => {
  const causes = (effective: DesiredService) =>
    compareResource(fleet({ effective, observed: [] })).differences.map(({ causeKey }) => causeKey);

  it('is the same as long as the same is wanted, and another one when it is wanted again', () => {
    const first = causes({ ...desired(), occasion: 'git@4' });
    expect(causes({ ...desired(), occasion: 'git@4' })).toEqual(first);
    expect(causes({ ...desired(), occasion: 'git@6' })).not.toEqual(first);
    expect(causes({ ...desired({}, 'd2'), occasion: 'git@4' })).not.toEqual(first);
  });

  it('does not depend on that once there is a launch to name', () => {
    const died = (occasion: string) =>
      compareResource(
        fleet(observing({ ...desired(), occasion }, { state: 'exited' })),
      ).differences.map(({ causeKey }) => causeKey);
    expect(died('git@4')).toEqual(died('git@6'));
  });
});

describe('what is wrong', () => {
  const with_ = (spec: object, config: object, digest = 'd1'): ComparisonInput => {
    const effective = desired(spec);
    const replica = launched(effective, 0);
    return fleet({
      effective,
      observed: [
        {
          host: 'a',
          replica: { ...replica, specDigest: digest, config: { ...replica.config, ...config } },
        },
      ],
    });
  };

  it.each([
    [
      'another command',
      with_({}, { command: ['sh'] }),
      ['config! a/0 /command: ["node","server.js"] → ["sh"]'],
    ],
    [
      'a variable that was changed',
      with_({}, { env: { MODE: 'test' } }),
      ['config! a/0 /env/MODE: "live" → "test"'],
    ],
    [
      'a variable that was added',
      with_({}, { env: { MODE: 'live', DEBUG: '1' } }),
      ['config! a/0 /env/DEBUG: null → "1"'],
    ],
    [
      'a variable that was removed',
      with_({}, { env: {} }),
      ['config! a/0 /env/MODE: "live" → null'],
    ],
    [
      'a secret that became text',
      with_({ env: { P: { secretRef: { file: '/x' } } } }, { env: { P: 'abc' } }),
      ['config! a/0 /env/P: {"secretRef":{"file":"/x"}} → "abc"'],
    ],
    [
      'another directory',
      with_({ workingDir: '/srv' }, { workingDir: '/tmp' }),
      ['config! a/0 /workingDir: "/srv" → "/tmp"'],
    ],
    ['the same directory', with_({ workingDir: '/srv/' }, { workingDir: '/srv' }), []],
    [
      'another user',
      with_({ user: 'www' }, { user: 'root' }),
      ['config! a/0 /user: "www" → "root"'],
    ],
    [
      'no user at all',
      with_({ user: 'www' }, { user: undefined }),
      ['config! a/0 /user: "www" → null'],
    ],
    ['a user that nobody asked for', with_({}, { user: 'root', workingDir: '/' }), []],
    [
      'a port that is fixed now',
      with_(
        { ports: [{ port: 80, hostPort: 8080 }] },
        { ports: [{ port: 80, hostPort: 31000, fixed: false }] },
      ),
      ['config! a/0 /ports: ["8080:80"] → ["80"]'],
    ],
    [
      'ports in another order',
      with_(
        { ports: [{ port: 80 }, { port: 2 }, { port: 1 }] },
        {
          ports: [
            { port: 80, hostPort: 5, fixed: false },
            { port: 1, hostPort: 6, fixed: false },
            { port: 2, hostPort: 7, fixed: false },
          ],
        },
      ),
      [],
    ],
    [
      'another first port',
      with_(
        { ports: [{ port: 80 }, { port: 1 }] },
        {
          ports: [
            { port: 1, hostPort: 6, fixed: false },
            { port: 80, hostPort: 7, fixed: false },
          ],
        },
      ),
      ['config! a/0 /ports: ["80","1"] → ["1","80"]'],
    ],
    [
      'entrypoint and command',
      with_({ entrypoint: ['node'], command: ['server.js'] }, { command: ['node', 'server.js'] }),
      [],
    ],
    ['a command that is left out', with_({ command: undefined }, { command: ['anything'] }), []],
    [
      'an older manifest',
      with_({}, { command: ['old'] }, 'd0'),
      ['config a/0 /command: ["node","server.js"] → ["old"]'],
    ],
    ['an older manifest that runs the same', with_({}, {}, 'd0'), []],
    [
      'a check that the manifest no longer has',
      with_({ healthCheck: undefined }, { healthCheck: { kind: 'tcp' } }),
      ['config! a/0 /healthCheck: null → {"kind":"tcp"}'],
    ],
    [
      'what is ignored',
      with_({ drift: { ignore: ['/env/BUILD_*'] } }, { env: { MODE: 'live', BUILD_ID: '7' } }),
      [],
    ],
    [
      'more than what is ignored',
      with_({ drift: { ignore: ['/env/BUILD_*'] } }, { env: { MODE: 'live', BUILT: '7' } }),
      ['config! a/0 /env/BUILT: null → "7"'],
    ],
    [
      'variables with odd names',
      with_({}, { env: { MODE: 'live', 'a/b~c': '1' } }),
      ['config! a/0 /env/a~1b~0c: null → "1"'],
    ],
  ])('%s', (_what, input, expected) => {
    expect(told(input)).toEqual(expected);
  });

  it('tells another runtime', () => {
    const effective = desired({ runtime: 'systemd' });
    const observed = [{ host: 'a', replica: launched(desired(), 0) }];
    const hosts = [host('a', { runtimes: ['systemd'] })];
    expect(told(fleet({ effective, observed, hosts }))).toEqual([
      'config! a/0 /runtime: "systemd" → "process"',
    ]);
  });

  it.each([
    ['unhealthy', {}, ['health! a/0 /healthCheck: "healthy" → "unhealthy"']],
    ['starting', {}, []],
    ['none', {}, []],
    ['unhealthy', { healthCheck: undefined }, []],
  ])('health %s with %j', (status, spec, expected) => {
    expect(told(fleet(observing(desired(spec), { health: { status } })))).toEqual(expected);
  });

  it('tells wrong and unhealthy at once', () => {
    const effective = desired();
    const { config } = launched(effective, 0);
    const changes = {
      health: { status: 'unhealthy' as const },
      config: { ...config, env: { MODE: 'old' } },
    };
    expect(told(fleet(observing(effective, changes)))).toEqual([
      expect.stringContaining('config!'),
      expect.stringContaining('health!'),
    ]);
  });
});

describe('what is too much', () => {
  const effective = desired();
  const extra = (replica: number, on: string, changes = {}): ObservedReplica => ({
    host: on,
    replica: launched(effective, replica, changes),
  });
  const hosts = [host('a'), host('b')];

  it.each([
    [
      'a second replica',
      [extra(0, 'a'), extra(1, 'b')],
      ['replicas! b/1 /replicas: null → "running"'],
    ],
    [
      'one of an older manifest',
      [extra(0, 'a'), extra(1, 'b', { specDigest: 'd0' })],
      ['replicas b/1 /replicas: null → "running"'],
    ],
    [
      'one that ended',
      [extra(0, 'a'), extra(1, 'b', { state: 'exited' })],
      ['replicas! b/1 /replicas: null → "exited"'],
    ],
    [
      'a copy of the same',
      [extra(0, 'a'), extra(0, 'b')],
      ['replicas! b/0 /replicas: null → "running"'],
    ],
  ])('%s', (_what, observed, expected) => {
    const placement = [{ replica: 0, host: 'a' }];
    expect(told(fleet({ effective, hosts, observed, placement }))).toEqual(expected);
  });

  it('is not the copy that serves while the replica does not run at home', () => {
    const moved = { effective, hosts, placement: [{ replica: 0, host: 'a' }] };
    expect(told(fleet({ ...moved, observed: [extra(0, 'b')] }))).toEqual([
      'missing! a/0 /replicas: "running" → null',
    ]);
    const silent = [host('a', { reachable: false }), host('b')];
    expect(told(fleet({ ...moved, hosts: silent, observed: [extra(0, 'b')] }))).toEqual([
      'unreachable! a/- : "reachable" → "unreachable"',
    ]);
  });

  it('is not what runs while no host fits any more', () => {
    const placement = { hosts: { matchLabels: { role: 'web' } }, spread: true, reschedule: false };
    const picky = desired({ placement });
    expect(
      told(fleet({ effective: picky, observed: [{ host: 'a', replica: launched(picky, 0) }] })),
    ).toEqual(['missing -/0 /replicas: "running" → "no host has the labels role=web"']);
  });

  it('is not what a person stopped', () => {
    const stopped = { ...desired({ replicas: 0 }), stopped: true };
    expect(
      told(fleet({ effective: stopped, observed: [extra(0, 'a', { state: 'stopped' })] })),
    ).toEqual([]);
    expect(told(fleet({ effective: stopped, observed: [extra(0, 'a')] }))).toHaveLength(1);
  });

  it('can be ignored', () => {
    const ignoring = desired({ drift: { ignore: ['/replicas'] } });
    const observed = [0, 1].map((replica) => ({ host: 'a', replica: launched(ignoring, replica) }));
    expect(told(fleet({ effective: ignoring, observed }))).toEqual([]);
  });
});

describe('what left Git', () => {
  it('is orphaned, whatever its state', () => {
    const observed = [0, 1].map((replica) => ({
      host: 'a',
      replica: launched(desired(), replica, replica === 1 ? { state: 'exited' } : {}),
    }));
    expect(told({ ...fleet({ observed }), effective: undefined })).toEqual([
      'orphaned a/0 : null → "running"',
      'orphaned a/1 : null → "exited"',
    ]);
  });
});

describe('an unreachable host', () => {
  it('is the only thing that is told about it', () => {
    const effective = desired({ replicas: 2 });
    const hosts = [host('a', { reachable: false })];
    const observed = [
      { host: 'a', replica: launched(effective, 0, { state: 'exited' }) },
      { host: 'a', replica: launched(effective, 7) },
      { host: 'unheard-of', replica: launched(effective, 1, { specDigest: 'd0' }) },
    ];
    expect(told(fleet({ effective, hosts, observed }))).toEqual([
      'unreachable! a/- : "reachable" → "unreachable"',
      'unreachable! unheard-of/- : "reachable" → "unreachable"',
    ]);
    expect(told({ ...fleet({ hosts, observed }), effective: undefined })).toEqual([]);
  });
});

describe('names', () => {
  const only = (input: ComparisonInput): Difference => {
    const [difference] = compareResource(input).differences;
    if (difference === undefined) throw new Error('no difference');
    return difference;
  };
  const dead = (instance: string) =>
    only(fleet(observing(desired(), { state: 'exited', instance })));

  it('keeps the id of a difference, and tells its occurrences apart', () => {
    expect(dead('one').id).toBe(dead('two').id);
    expect(dead('one').causeKey).not.toBe(dead('two').causeKey);
    expect(dead('one')).toEqual(dead('one'));
    expect(dead('one').id).toBe('production/Service/web|missing|a|0|/replicas');
  });

  it('begins a new occurrence with a new row of failures', () => {
    const failing = (failingSince: number) =>
      only(fleet(observing(desired(), { health: { status: 'unhealthy', failingSince } })));
    expect(failing(1).id).toBe(failing(2).id);
    expect(failing(1).causeKey).not.toBe(failing(2).causeKey);
  });

  it('begins a new occurrence of a wrong field when either side changes', () => {
    const env = (observedMode: string, digest = 'd1') => {
      const replica = launched(desired(), 0, { specDigest: digest });
      const changed = { ...replica, config: { ...replica.config, env: { MODE: observedMode } } };
      return only(fleet({ observed: [{ host: 'a', replica: changed }] }));
    };
    expect(env('x').id).toBe(env('y').id);
    expect(new Set([env('x'), env('y'), env('x', 'd0')].map(({ causeKey }) => causeKey)).size).toBe(
      3,
    );
  });

  it('takes a replica that never ran for one fault until its manifest changes', () => {
    const never = (digest: string) => only(fleet({ effective: desired({}, digest), observed: [] }));
    expect(never('d1').causeKey).toBe(never('d1').causeKey);
    expect(never('d1').causeKey).not.toBe(never('d2').causeKey);
  });
});

const names = ['a', 'b', 'c', 'd'];
const envValue = fc.constantFrom<Service['spec']['env'][string]>('x', 'y', '', {
  secretRef: { file: '/secret' },
});
const env = fc.dictionary(fc.constantFrom('A', 'B', 'a/b'), envValue, { maxKeys: 3 });
const spec = fc.record(
  {
    replicas: fc.integer({ min: 0, max: 4 }),
    command: fc.constantFrom<string[]>(['one'], ['two', 'arguments']),
    env,
    workingDir: fc.constantFrom('/srv', '/srv/', '/'),
    ports: fc.constantFrom<Service['spec']['ports']>(
      [],
      [{ port: 80 }],
      [{ port: 80, hostPort: 8080 }],
    ),
    placement: fc.record({ spread: fc.boolean(), reschedule: fc.boolean() }),
  },
  { requiredKeys: [] },
);
const wanted = fc
  .tuple(spec, fc.constantFrom('d1', 'd2'))
  .map(([changes, digest]): DesiredService => ({ service: service(changes), digest }));
const anyHost = (name: string) =>
  fc.record({
    host: fc.constant(name),
    labels: fc.constant({}),
    runtimes: fc.constantFrom(['process'], ['process', 'docker'], ['docker']),
    reachable: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.boolean()),
  });
const hosts = fc.subarray(names).chain((some) => fc.tuple(...some.map((name) => anyHost(name))));
const observation = fc
  .record({
    host: fc.constantFrom(...names),
    replica: fc.integer({ min: 0, max: 5 }),
    spec,
    state: fc.constantFrom(
      'running' as const,
      'running' as const,
      'exited' as const,
      'stopped' as const,
    ),
    specDigest: fc.constantFrom('d0', 'd1', 'd2'),
    instance: fc.constantFrom('one', 'two', 'three'),
    health: fc.constantFrom(
      'none' as const,
      'healthy' as const,
      'starting' as const,
      'unhealthy' as const,
    ),
  })
  .map(({ host: on, replica, health, spec: changes, ...rest }): ObservedReplica => ({
    host: on,
    replica: launched({ service: service(changes), digest: '' }, replica, {
      ...rest,
      health: { status: health },
    }),
  }));
const observations = fc.uniqueArray(observation, {
  maxLength: 6,
  selector: ({ host: on, replica }) => `${on}${replica.replica}`,
});
const placement = fc.uniqueArray(
  fc.record({ replica: fc.integer({ min: 0, max: 4 }), host: fc.constantFrom(...names) }),
  { selector: ({ replica }) => replica },
);
const input = fc
  .record({
    effective: fc.option(wanted, { nil: undefined }),
    hosts,
    observed: observations,
    placement,
  })
  .map((parts): ComparisonInput => ({ ...fleet(), ...parts }));

/** Does to the observed state what each difference asks for, as an agent would. */
function repair(
  { effective, observed }: ComparisonInput,
  differences: readonly Difference[],
): readonly ObservedReplica[] {
  let state = observed;
  for (const { type, host: on, replica } of differences) {
    if (on === undefined || replica === undefined) continue;
    state = state.filter((seen) => seen.host !== on || seen.replica.replica !== replica);
    const isRemoval = type === 'replicas' || type === 'orphaned';
    if (!isRemoval && effective !== undefined) {
      state = [...state, { host: on, replica: launched(effective, replica) }];
    }
  }
  return state;
}

describe('properties', () => {
  it('finds nothing where everything is as it should be', () => {
    fc.assert(
      fc.property(wanted, (effective) => {
        const { replicas } = effective.service.spec;
        const hostsFor = Array.from({ length: Math.max(1, replicas) }, (_, n) => host(`h${n}`));
        const observed = Array.from({ length: replicas }, (_, n) => ({
          host: `h${n}`,
          replica: launched(effective, n),
        }));
        expect(told({ ...fleet({ effective }), hosts: hostsFor, observed })).toEqual([]);
      }),
    );
  });

  it('finds nothing more after what it found was repaired, but what cannot be', () => {
    fc.assert(
      fc.property(input, (start) => {
        let current = start;
        // Wrong copies are removed once the replica runs at home: a second round.
        for (let round = 0; round < 3; round += 1) {
          const { differences, placement: next } = compareResource(current);
          current = { ...current, placement: next, observed: repair(current, differences) };
        }
        for (const { type, host: on } of compareResource(current).differences) {
          if (type === 'missing') expect(on).toBeUndefined();
          else expect(type).toBe('unreachable');
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('says nothing about a host that is not reachable but that', () => {
    fc.assert(
      fc.property(input, (any) => {
        const reachable = any.hosts.filter((each) => each.reachable).map((each) => each.host);
        for (const { type, host: on } of compareResource(any).differences) {
          if (on !== undefined && !reachable.includes(on)) expect(type).toBe('unreachable');
        }
      }),
    );
  });

  it('does not depend on any order', () => {
    fc.assert(
      fc.property(input, fc.gen(), (any, gen) => {
        const shuffle = <Item>(items: readonly Item[]): Item[] =>
          gen(fc.shuffledSubarray, [...items], { minLength: items.length });
        const reversed = <Value>(record: Readonly<Record<string, Value>>) =>
          Object.fromEntries(Object.entries(record).reverse());
        const shuffled: ComparisonInput = {
          ...any,
          hosts: shuffle(any.hosts),
          placement: shuffle(any.placement),
          observed: shuffle(any.observed).map(({ host: on, replica }) => ({
            host: on,
            replica: {
              ...replica,
              config: { ...replica.config, env: reversed(replica.config.env) },
            },
          })),
        };
        expect(compareResource(shuffled)).toEqual(compareResource(any));
      }),
    );
  });

  it('gives each difference an id of its own', () => {
    fc.assert(
      fc.property(input, (any) => {
        const { differences } = compareResource(any);
        expect(new Set(differences.map(({ id }) => id)).size).toBe(differences.length);
        expect(new Set(differences.map(({ causeKey }) => causeKey)).size).toBe(differences.length);
      }),
    );
  });
});
