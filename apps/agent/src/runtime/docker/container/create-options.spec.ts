import { dockerService } from '../../../testing/docker-world.js';
import { containerSpecOf } from '../../../state/container-record.js';
import type { ServiceSpec } from '@vigil/manifests';
import { InspectedContainer } from '../engine/engine-answers.js';
import { createOptions, furtherNetworks } from './create-options.js';
import { updateOptions } from './update-options.js';

function specOf(spec: Partial<ServiceSpec>) {
  return containerSpecOf(dockerService('web', { ports: [], ...spec }).spec);
}
function optionsOf(spec: Partial<ServiceSpec>) {
  return createOptions({
    name: 'n',
    spec: specOf(spec),
    image: 'web:1',
    aliases: ['web', 'shop-web-1'],
    env: {},
    labels: {},
    inherited: [],
  });
}

describe('createOptions', () => {
  it('says nothing of what the manifest leaves out', () => {
    expect(optionsOf({})).toEqual({
      name: 'n',
      Image: 'web:1',
      Env: [],
      Labels: {},
      ExposedPorts: {},
      HostConfig: { RestartPolicy: { Name: 'unless-stopped' }, Binds: [], PortBindings: {} },
    });
  });

  it.each<[string, Partial<ServiceSpec>, object]>([
    [
      'ports, fixed and not',
      { ports: [{ port: 80 }, { port: 81, hostPort: 8081 }] },
      {
        ExposedPorts: { '80/tcp': {}, '81/tcp': {} },
        HostConfig: {
          PortBindings: { '80/tcp': [{ HostPort: '' }], '81/tcp': [{ HostPort: '8081' }] },
        },
      },
    ],
    [
      'ports of UDP, and of one address of the host',
      {
        ports: [
          { port: 53, hostPort: 53, protocol: 'udp' },
          { port: 53, hostAddress: '::1' },
        ],
      },
      {
        ExposedPorts: { '53/udp': {}, '53/tcp': {} },
        HostConfig: {
          PortBindings: {
            '53/udp': [{ HostPort: '53' }],
            '53/tcp': [{ HostPort: '', HostIp: '::1' }],
          },
        },
      },
    ],
    [
      'no ports without a network of its own',
      { ports: [{ port: 80 }], networks: ['host'] },
      { ExposedPorts: {}, HostConfig: { PortBindings: {}, NetworkMode: 'host' } },
    ],
    [
      'names in a network that people have made',
      { networks: ['back'] },
      { NetworkingConfig: { EndpointsConfig: { back: { Aliases: ['web', 'shop-web-1'] } } } },
    ],
    ['limits', { resources: { cpuCores: 0.25 } }, { HostConfig: { NanoCpus: 250_000_000 } }],
    ['memory', { resources: { memoryBytes: 7 } }, { HostConfig: { Memory: 7 } }],
    ['command and entrypoint', { command: ['a'], entrypoint: [] }, { Cmd: ['a'], Entrypoint: [] }],
    [
      'capabilities and root',
      { capabilities: { drop: ['ALL'] }, readOnly: false },
      { HostConfig: { CapDrop: ['ALL'], ReadonlyRootfs: false } },
    ],
  ])('%s', (_case, spec, expected) => {
    expect(optionsOf(spec)).toMatchObject(expected);
  });

  it('joins further networks afterwards, and lets nobody write Vigil’s own labels', () => {
    expect(furtherNetworks(specOf({ networks: ['a', 'b', 'c'] }))).toEqual(['b', 'c']);
    const spec = specOf({ labels: { 'vigil.io/instance': 'mine', team: 'a' } });
    const { Labels } = createOptions({
      name: 'n',
      spec,
      image: 'sha256:1',
      aliases: [],
      env: { A: 'b=c' },
      labels: { 'vigil.io/instance': 'here' },
      inherited: [],
    });
    expect(Labels).toEqual({
      'vigil.io/instance': 'here',
      // what its name names now may be another image
      'vigil.io/image': 'web:1',
      team: 'a',
    });
  });
});

describe('updateOptions', () => {
  const host = (config: object) =>
    InspectedContainer.parse({
      Id: 'a',
      State: {},
      Config: {},
      HostConfig: { RestartPolicy: { Name: 'unless-stopped' }, ...config },
    });
  const half = { cpuCores: 0.5 };
  const bytes = { memoryBytes: 1_000 };

  it.each<[string, object, ServiceSpec['resources'], object | undefined]>([
    ['nothing declared', { Memory: 5, NanoCpus: 7 }, undefined, undefined],
    ['as declared', { Memory: 1_000, NanoCpus: 5e8 }, { ...half, ...bytes }, undefined],
    ['as declared, in the other way', { CpuQuota: 50_000 }, half, undefined],
    ['another share', { NanoCpus: 1e9 }, half, { NanoCpus: 5e8 }],
    ['no share', {}, half, { NanoCpus: 5e8 }],
    ['a quota', { CpuQuota: 7, CpuPeriod: 1_000 }, half, { CpuPeriod: 100_000, CpuQuota: 50_000 }],
    ['other memory', { Memory: 5, MemorySwap: 10 }, bytes, { Memory: 1_000, MemorySwap: 2_000 }],
    ['swap without limit', { Memory: 5, MemorySwap: -1 }, bytes, { Memory: 1_000, MemorySwap: -1 }],
    [
      'another policy',
      { RestartPolicy: { Name: 'no' } },
      undefined,
      { RestartPolicy: { Name: 'unless-stopped' } },
    ],
  ])('%s', (_case, config, resources, expected) => {
    expect(updateOptions(host(config), resources === undefined ? {} : { resources })).toEqual(
      expected,
    );
  });
});
