import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { InspectedContainer, InspectedImage, ListedContainer } from '../engine/engine-answers.js';
import { inheritedVolumes, observeConfig } from './observe-config.js';
import { instanceOf, isRunning, observeState } from './observe-state.js';

/** What a Docker Engine 20.10 has really answered. */
function answer(name: string): unknown {
  const path = join(import.meta.dirname, '../testdata', `${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8'));
}
const container = (name: string) => InspectedContainer.parse(answer(name));
const ANONYMOUS: unknown = expect.stringMatching(/^[0-9a-f]{64}$/);
const A_NUMBER: unknown = expect.any(Number);
const image = InspectedImage.parse(answer('image'));

describe('observeConfig', () => {
  it('tells what a container is like, and not what its image is like', () => {
    const running = container('running');
    const config = observeConfig({ container: running, image, currentImage: image }, {}, undefined);
    expect(config).toEqual({
      command: ['httpd', '-f', '-p', '80', '-h', '/www'],
      env: {},
      workingDir: '/',
      user: '0',
      ports: [
        { port: 80, hostPort: 32768, fixed: false },
        { port: 81, hostPort: 18080, fixed: true, hostAddress: '127.0.0.1' },
      ],
      container: {
        id: running.id,
        name: 't1',
        image: {
          reference: 'vigil-test/web:1',
          id: image.id,
          currentId: image.id,
          repoDigests: [],
        },
        entrypoint: [],
        mounts: [
          {
            source: ANONYMOUS,
            target: '/anon2',
            readOnly: false,
          },
          { source: '/etc/hosts', target: '/h', readOnly: false },
          { source: 'web', target: '/var/www', readOnly: true },
          { source: 'anon', target: '/x', readOnly: false },
        ],
        networks: ['testnet'],
        labels: {},
        capabilities: { add: ['NET_ADMIN'], drop: ['MKNOD'] },
        readOnly: true,
        logging: { driver: 'json-file', options: { 'max-size': '10m' } },
        resources: { cpuCores: 0.5, memoryBytes: 64 * 1024 ** 2 },
        restartPolicy: 'unless-stopped',
      },
    });
  });

  it('knows the network of the host, and images that are gone', () => {
    const config = observeConfig(
      { container: container('exited-host-network'), image: undefined, currentImage: undefined },
      {},
      undefined,
    );
    expect(config.ports).toEqual([]);
    expect(config.container).toMatchObject({
      networks: ['host'],
      image: { reference: 'vigil-test/web:1', repoDigests: [] },
      resources: {},
      restartPolicy: 'no',
    });
    expect(config.container?.image).not.toHaveProperty('currentId');
  });

  it('hands on volumes without a name, except where the manifest has one by now', () => {
    const volumes = inheritedVolumes(container('running'), ['mine:/anon2']);
    expect(volumes).toEqual([expect.stringMatching(/^[0-9a-f]{64}:\/data$/)]);
  });
});

describe('observeState', () => {
  it.each([
    ['running', { state: 'running', pid: A_NUMBER }],
    ['paused', { state: 'running' }],
    ['exited-host-network', { state: 'exited', exitCode: 1, exitedAt: A_NUMBER }],
    [
      'restarting',
      { state: 'exited', restarting: true, detail: 'the engine waits before it starts it again' },
    ],
  ])('of one that is %s', (name, expected) => {
    expect(observeState(container(name), undefined)).toMatchObject(expected);
  });

  it('is stopped when that launch, and no other, was to be kept down', () => {
    const exited = container('exited-host-network');
    expect(observeState(exited, instanceOf(exited)).state).toBe('stopped');
    expect(observeState(exited, `${exited.id}/earlier`).state).toBe('exited');
  });

  it('takes another start of the same container for another launch', () => {
    const [running, paused] = [container('running'), container('paused')];
    expect(instanceOf(paused)).toBe(instanceOf(running));
    const later = { ...running, state: { ...running.state, started: '2026-11-21T13:00:00Z' } };
    expect(instanceOf(later)).not.toBe(instanceOf(running));
    expect(isRunning(container('restarting'))).toBe(false);
  });
});

describe('answers of engines', () => {
  it('may leave out, or send as null, what has no value', () => {
    const sparse = InspectedContainer.parse({
      Id: 'a',
      Name: '/a',
      Image: 'abc',
      State: { Status: 'created', StartedAt: '0001-01-01T00:00:00Z' },
      Config: { Image: 'web', Env: null, Entrypoint: '/bin/web' },
      HostConfig: { PortBindings: null, CapAdd: null, LogConfig: null },
      NetworkSettings: null,
    });
    expect(sparse).toMatchObject({
      imageId: 'sha256:abc',
      config: { env: [], entrypoint: ['/bin/web'] },
      ports: [],
    });
    expect(sparse.state.startedAt).toBeUndefined();
  });

  it('list containers with the ports that they publish', () => {
    const listed = z.array(ListedContainer).parse(answer('list'));
    expect(listed.map(({ name, state, hostPorts }) => ({ name, state, hostPorts }))).toEqual([
      { name: 't3', state: 'created', hostPorts: [] },
      { name: 't2', state: 'exited', hostPorts: [] },
      { name: 't1', state: 'running', hostPorts: [18080, 32768] },
    ]);
  });
});
