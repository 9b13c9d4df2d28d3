import { DescribedContainer } from '@vigil/contracts';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ContainerDetails, EngineDefaults, ImageDetails } from '../engine/container-details.js';
import { InspectedContainer, InspectedImage } from '../engine/engine-answers.js';
import { describeContainer } from './describe-container.js';
import { unsayable, type FullContainer } from './unsayable.js';

const Raw = z.looseObject({
  Id: z.string(),
  Config: z.looseObject({}),
  HostConfig: z.looseObject({}),
  Mounts: z.array(z.unknown()),
  NetworkSettings: z.looseObject({}),
});

/** What a Docker Engine 20.10 has really answered. */
function answer(name: string): unknown {
  const path = join(import.meta.dirname, '../testdata', `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}

interface Changes {
  readonly config?: object;
  readonly host?: object;
  readonly mounts?: readonly object[];
  readonly networks?: object;
  readonly ofImage?: object;
  readonly isPodman?: boolean;
}

const RAW = Raw.parse(answer('running'));
const RAW_IMAGE = z.looseObject({ Config: z.looseObject({}) }).parse(answer('image'));

/** The running container, and its image, with other answers in some places. */
function full(changes: Changes = {}): FullContainer {
  const { config, host, mounts, networks, ofImage, isPodman = false } = changes;
  const raw = {
    ...RAW,
    Config: { ...RAW.Config, ...config },
    // published on one address only, which is a finding of its own
    HostConfig: { ...RAW.HostConfig, PortBindings: {}, ...host },
    Mounts: mounts ?? RAW.Mounts,
    NetworkSettings: {
      ...RAW.NetworkSettings,
      ...(networks === undefined ? {} : { Networks: networks }),
    },
  };
  const rawImage = { ...RAW_IMAGE, Config: { ...RAW_IMAGE.Config, ...ofImage } };
  return {
    container: InspectedContainer.parse(raw),
    details: ContainerDetails.parse(raw),
    image: { image: InspectedImage.parse(rawImage), details: ImageDetails.parse(rawImage) },
    defaults: EngineDefaults.parse({ LoggingDriver: 'json-file', DefaultRuntime: 'runc' }),
    isPodman,
  };
}

function described(changes: Changes = {}) {
  return describeContainer(full(changes), undefined, { env: {}, digests: {}, problems: [] });
}

const COMPOSE = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'web',
  'com.docker.compose.container-number': '2',
  'com.docker.compose.oneoff': 'False',
  'com.docker.compose.depends_on': 'db:service_healthy:false,api:service_started:true',
};

const binding = (HostPort: string, HostIp = '') => ({ HostIp, HostPort });

describe('unsayable', () => {
  it('has nothing to say of an ordinary container', () => {
    expect(unsayable(full())).toEqual([]);
  });

  it.each<[string, Changes, string[]]>([
    ['privileges', { host: { Privileged: true } }, ['privileged mode']],
    ['security', { host: { SecurityOpt: ['seccomp=off'] } }, ['security option seccomp=off']],
    ['groups', { host: { GroupAdd: ['audio'] } }, ['further group audio']],
    ['devices', { host: { Devices: [{ PathOnHost: '/dev/fuse' }] } }, ['device /dev/fuse']],
    ['GPUs', { host: { DeviceRequests: [{}] } }, ['devices by request, such as GPUs']],
    ['tmpfs', { host: { Tmpfs: { '/run': '' } } }, ['tmpfs /run']],
    ['mounted tmpfs', { mounts: [{ Type: 'tmpfs', Destination: '/t' }] }, ['tmpfs /t']],
    [
      'binds',
      { mounts: [{ Type: 'bind', Destination: '/b', Mode: 'ro,z', Propagation: 'rslave' }] },
      ['propagation rslave of /b', 'SELinux label of /b'],
    ],
    ['named volumes as engines tell them', { mounts: [{ Type: 'volume', Mode: 'z' }] }, []],
    [
      'options of mounts',
      { host: { Mounts: [{ Target: '/m', VolumeOptions: { NoCopy: true } }] } },
      ['options of the mount /m'],
    ],
    ['sysctls', { host: { Sysctls: { 'net.x': '1' } } }, ['sysctl net.x']],
    ['ulimits', { host: { Ulimits: [{ Name: 'nofile' }] } }, ['ulimit nofile']],
    ['ulimits of Podman', { host: { Ulimits: [{ Name: 'nofile' }] }, isPodman: true }, []],
    ['PID mode', { host: { PidMode: 'host' } }, ['PID mode host']],
    ['IPC mode', { host: { IpcMode: 'host' } }, ['IPC mode host']],
    ['user namespace', { host: { UsernsMode: 'host' } }, ['user namespace mode host']],
    [
      'the network of another',
      { host: { NetworkMode: 'container:abc' }, config: { Hostname: 'of-the-other' } },
      ['network of another container'],
    ],
    ['/dev/shm', { host: { ShmSize: 1 } }, ['1 bytes of /dev/shm']],
    ['PIDs', { host: { PidsLimit: 9 } }, ['limit of 9 processes']],
    ['another runtime', { host: { Runtime: 'runsc' } }, ['runtime runsc']],
    ['limits of I/O', { host: { BlkioDeviceReadBps: [{}] } }, ['limits of block I/O']],
    ['swap as usual', { host: { Memory: 5, MemorySwap: 10 } }, []],
    ['swap', { host: { Memory: 5, MemorySwap: 5 } }, ['memory and swap of 5 bytes']],
    ['no limit of swap', { host: { MemorySwap: -1 } }, ['swap without a limit']],
    ['its name as a host', { config: { Hostname: 'cache' } }, ['host name cache']],
    ['the name of its host', { config: { Hostname: 'web-1' }, host: { NetworkMode: 'host' } }, []],
    ['hosts', { host: { ExtraHosts: ['db:1.2.3.4'] } }, ['extra host db:1.2.3.4']],
    ['DNS', { host: { Dns: ['1.1.1.1'] } }, ['DNS server 1.1.1.1']],
    [
      'names and addresses in networks',
      {
        config: { Labels: COMPOSE },
        networks: {
          back: {
            Aliases: ['t1', 'web', 'www', RAW.Id.slice(0, 12)],
            IPAMConfig: { IPv4Address: '10.0.0.9' },
          },
        },
      },
      ['name www in network back', 'address 10.0.0.9 in network back'],
    ],
    ['SCTP', { host: { PortBindings: { '53/sctp': [binding('53')] } } }, ['port 53:53/sctp']],
    [
      'several addresses of the host',
      { host: { PortBindings: { '80/tcp': [binding('8080', '127.0.0.1'), binding('8080')] } } },
      ['several addresses of port 80'],
    ],
    [
      'several host ports',
      { host: { PortBindings: { '80/tcp': [binding('1'), binding('2')] } } },
      ['several host ports of port 80'],
    ],
    [
      'ranges of host ports',
      { host: { PortBindings: { '80/tcp': [binding('8000-8010')] } } },
      ['range of host ports 8000-8010:80'],
    ],
    [
      'both families of addresses',
      { host: { PortBindings: { '80/tcp': [binding('1', '0.0.0.0'), binding('1', '::')] } } },
      [],
    ],
    [
      'a terminal',
      { config: { Tty: true, OpenStdin: true } },
      ['terminal (tty)', 'open standard input'],
    ],
    ['the usual stop signal, by its number', { config: { StopSignal: '15' } }, []],
    [
      'that of the image in other words',
      { config: { StopSignal: '2' }, ofImage: { StopSignal: 'INT' } },
      [],
    ],
    ['a stop signal', { config: { StopSignal: 'SIGINT' } }, ['stop signal SIGINT']],
    [
      'that of the image',
      { config: { StopSignal: 'SIGINT' }, ofImage: { StopSignal: 'SIGINT' } },
      [],
    ],
    [
      'an entrypoint taken away',
      { config: { Entrypoint: null }, ofImage: { Entrypoint: ['/start'] } },
      ['that it is without the entrypoint of its image'],
    ],
    ['no restarts', { host: { RestartPolicy: { Name: '' } } }, ['restart policy no']],
    [
      'some restarts',
      { host: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 3 } } },
      ['restart policy on-failure:3'],
    ],
    ['removal', { host: { AutoRemove: true } }, ['that it is removed when it ends (--rm)']],
  ])('tells of %s', (_what, changes, expected) => {
    expect(unsayable(full(changes))).toEqual(expected);
  });
});

describe('describeContainer', () => {
  it.each<[string, Changes, string[]]>([
    [
      'all of its image and engine',
      {
        config: { Cmd: ['a'], Entrypoint: ['e'], User: 'u', WorkingDir: '/w' },
        ofImage: { Cmd: ['a'], Entrypoint: ['e'], User: 'u', WorkingDir: '/w' },
        host: { LogConfig: { Type: 'json-file', Config: {} } },
      },
      ['command', 'entrypoint', 'user', 'workingDir', 'logging'],
    ],
    [
      'of a command beside another entrypoint nothing',
      {
        config: { Cmd: ['a'], Entrypoint: ['mine'], User: '1', WorkingDir: '/' },
        ofImage: { Cmd: ['a'], Entrypoint: ['e'], User: '', WorkingDir: '/w' },
      },
      [],
    ],
    [
      'no command beside another entrypoint',
      {
        config: { Cmd: null, Entrypoint: ['mine'], User: '1', WorkingDir: '/' },
        ofImage: { Cmd: ['a'], Entrypoint: ['e'], User: '', WorkingDir: '/w' },
      },
      ['command'],
    ],
    [
      'an entrypoint that was given to leave the command out: nothing of either but that',
      {
        config: { Cmd: null, Entrypoint: ['e'], User: '1', WorkingDir: '/' },
        ofImage: { Cmd: ['a'], Entrypoint: ['e'], User: '', WorkingDir: '/w' },
      },
      ['command'],
    ],
  ])('says what repeats %s', (_what, changes, expected) => {
    expect(described(changes).inherited).toEqual(expected);
  });

  it.each<[object | null, object | undefined]>([
    [null, undefined],
    [{ Test: ['NONE'] }, undefined],
    [{ Test: [] }, undefined],
    [
      { Test: ['CMD', 'wget', '-q'] },
      {
        command: ['wget', '-q'],
        intervalMs: 30_000,
        timeoutMs: 30_000,
        startPeriodMs: 0,
        retries: 3,
      },
    ],
    [
      { Test: ['CMD-SHELL', 'a || b'], Interval: 1e9, Timeout: 5e8, StartPeriod: 2e9, Retries: 5 },
      {
        command: ['/bin/sh', '-c', 'a || b'],
        intervalMs: 1000,
        timeoutMs: 500,
        startPeriodMs: 2000,
        retries: 5,
      },
    ],
  ])('reads the check %j', (Healthcheck, expected) => {
    expect(described({ config: { Healthcheck } }).healthCheck).toEqual(expected);
  });

  it('uses the shell of the image for a check', () => {
    const Healthcheck = { Test: ['CMD-SHELL', 'x'] };
    const { healthCheck } = described({ config: { Healthcheck, Shell: ['/bin/bash', '-c'] } });
    expect(healthCheck?.command).toEqual(['/bin/bash', '-c', 'x']);
  });

  it('reads what Compose has written, and takes no one-off for a replica', () => {
    expect(described({ config: { Labels: COMPOSE } }).compose).toEqual({
      project: 'shop',
      service: 'web',
      number: 2,
      dependsOn: [
        { service: 'db', condition: 'service_healthy' },
        { service: 'api', condition: 'service_started' },
      ],
    });
    const oneOff = { ...COMPOSE, 'com.docker.compose.oneoff': 'True' };
    expect(described({ config: { Labels: oneOff } }).compose).toBeUndefined();
    expect(described().compose).toBeUndefined();
  });

  it('says no more than the contract lets it', () => {
    const problems = [`variable ${'X'.repeat(600)}: not text`];
    const Sysctls = Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`s${at}`, '1']));
    const told = describeContainer(full({ host: { Sysctls } }), undefined, {
      env: {},
      digests: {},
      problems,
    });
    expect(DescribedContainer.safeParse(told)).toMatchObject({ success: true });
  });

  it('knows how long it may take to stop', () => {
    expect(described({ config: { StopTimeout: 90 } }).stopGracePeriodMs).toBe(90_000);
    expect(described().stopGracePeriodMs).toBeUndefined();
  });
});
