import { jest } from '@jest/globals';
import type { Service } from '@vigil/manifests';
import { eventually, temporaryDirectory } from '@vigil/testkit';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { containerSpecOf } from '../../state/container-record.js';
import { digestOf } from '../../testing/digest.js';
import { dockerService, DockerWorld } from '../../testing/docker-world.js';
import { resourceOf } from '../../testing/operations.js';

jest.setTimeout(30_000);

interface Contained {
  readonly Id: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly State?: object;
}

/** An engine without containers that can be told to keep silent, as a hung one does. */
class SilentEngine {
  readonly socket = join(temporaryDirectory('silent'), 'engine.sock');
  isSilent = false;
  containers: Contained[] = [];
  /** What it answers with an error of its own. */
  cannotTell: RegExp | undefined;
  /** Where it goes away without a word. */
  hangsUpAt: RegExp | undefined;
  /** Everything that it was asked for, without parameters. */
  readonly asked: string[] = [];
  /** Closes each connection at its second use, as if it had just grown too old. */
  closesReused = false;
  streams: ServerResponse[] = [];
  private readonly used = new WeakSet<Socket>();
  private readonly server: Server = createServer((request, response) => {
    if (this.isSilent) return;
    if (this.closesReused && this.used.has(request.socket)) {
      request.socket.destroy();
      return;
    }
    this.used.add(request.socket);
    const [path = ''] = (request.url ?? '').split('?');
    this.asked.push(path);
    response.setHeader('content-type', 'application/json');
    if (this.hangsUpAt?.test(path) === true) {
      request.socket.destroy();
    } else if (this.cannotTell?.test(path) === true) {
      response.writeHead(500).end(JSON.stringify({ message: 'layer does not exist' }));
    } else if (path === '/events') {
      this.streams.push(response);
      response.flushHeaders();
    } else if (path === '/_ping') response.end('OK');
    else if (path === '/containers/json') response.end(JSON.stringify(this.listed()));
    else response.end(JSON.stringify(this.inspected(path)));
  });

  /** To whoever listens last. */
  tell(Action: string, ID: string, at = Date.now()): void {
    const Attributes = this.containers.find(({ Id }) => Id === ID)?.Labels ?? {};
    const event = { Type: 'container', Action, Actor: { ID, Attributes }, timeNano: at * 1e6 };
    this.streams.at(-1)?.write(`${JSON.stringify(event)}\n`);
  }

  private listed(): object[] {
    return this.containers.map(({ Id, Labels }) => ({ Id, Labels }));
  }

  private inspected(path: string): object {
    const [, id] = /^\/containers\/(.+)\/json$/.exec(path) ?? [];
    const found = this.containers.find(({ Id }) => Id === id);
    const rest = { HostConfig: {}, Config: { Labels: found?.Labels } };
    return found === undefined ? {} : { State: {}, ...found, Name: `/${found.Id}`, ...rest };
  }

  async open(): Promise<void> {
    this.server.listen(this.socket);
    await once(this.server, 'listening');
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

const RUNNING = { Status: 'running', Running: true, StartedAt: '2024-01-01T00:00:00Z' };

function labelsOf(replica: number): Record<string, string> {
  return {
    'vigil.io/instance': 'here',
    'vigil.io/resource': 'test/Service/many',
    'vigil.io/replica': String(replica),
  };
}

/** As if this agent had launched it. */
async function recordOf(world: DockerWorld, service: Service, containerId: string) {
  await world.state.record({
    type: 'container.recorded',
    record: {
      resource: resourceOf(service),
      replica: 0,
      containerId,
      commandId: 'earlier',
      spec: containerSpecOf(service.spec),
      specDigest: digestOf(JSON.stringify(service)),
    },
  });
}

describe('EngineWatch', () => {
  let engine: SilentEngine;
  let world: DockerWorld;

  beforeEach(async () => {
    engine = new SilentEngine();
    await engine.open();
    world = await DockerWorld.open(engine.socket);
  });
  afterEach(async () => {
    await world.leave();
    await engine.close();
  });

  it('knows nothing of an engine that keeps silent, as soon as somebody asks', async () => {
    engine.isSilent = true;
    await world.runtime.lookAgain();
    expect(world.runtime.isKnown).toBe(false);
    await expect(world.start(dockerService('web'))).resolves.toMatchObject({ code: 'engine-away' });
    engine.isSilent = false;
    await world.until(() => (world.runtime.isKnown ? true : undefined));
  });

  it('does not take a connection that was closed for an engine that is gone', async () => {
    engine.closesReused = true;
    for (let look = 0; look < 3; look += 1) {
      await world.runtime.lookAgain();
      expect(world.runtime.isKnown).toBe(true);
    }
    expect(engine.streams).toHaveLength(1);
  });

  it('sees hundreds of containers while somebody waits for it', async () => {
    engine.containers = Array.from({ length: 300 }, (_none, replica) => ({
      Id: `id-${replica}`,
      Labels: labelsOf(replica),
    }));
    await world.runtime.lookAgain();
    expect(world.runtime.isKnown).toBe(true);
    expect(world.runtime.observeAll()).toHaveLength(300);
  });

  it('asks the engine at its socket, whatever clients of another one are told', async () => {
    const { DOCKER_HOST } = process.env;
    process.env['DOCKER_HOST'] = 'tcp://127.0.0.1:1';
    try {
      const other = await DockerWorld.open(engine.socket);
      expect(other.runtime.isKnown).toBe(true);
      await other.leave();
    } finally {
      if (DOCKER_HOST === undefined) delete process.env['DOCKER_HOST'];
      else process.env['DOCKER_HOST'] = DOCKER_HOST;
    }
  });

  it('hears of everything, also what is told late and after the clock was set back', async () => {
    engine.containers = [{ Id: 'a', Labels: {} }];
    engine.tell('start', 'later', Date.now() + 3_600_000);
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'a'));
    engine.containers = [{ Id: 'b', Labels: {} }];
    engine.tell('start', 'earlier');
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'b'));
  });

  it('stays with the engine that it has found, though another one is there while that is away', async () => {
    const other = new SilentEngine();
    await other.open();
    let usual = engine.socket;
    const own = await DockerWorld.open(() => usual);
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
    await own.runtime.lookAgain();
    usual = other.socket;
    await engine.close();
    await eventually(() => !own.runtime.isKnown || other.streams.length > 0);
    await engine.open();
    await own.until(() => (own.runtime.isKnown ? true : undefined));
    expect(other.asked).toEqual([]);
    expect(own.runtime.observeAll()).toMatchObject([{ state: 'running' }]);
    await own.leave();
    await other.close();
  });

  it('gives way to another one when it has nothing of Vigil', async () => {
    const other = new SilentEngine();
    await other.open();
    let usual = engine.socket;
    const own = await DockerWorld.open(() => usual);
    usual = other.socket;
    await engine.close();
    await own.until(() => (own.runtime.isKnown ? undefined : true));
    await own.until(() => (own.runtime.isKnown ? true : undefined));
    expect(other.streams).toHaveLength(1);
    await own.leave();
    await other.close();
    await engine.open();
  });

  it('is found at once when it comes after an agent that expects containers there', async () => {
    await recordOf(world, dockerService('many'), 'a');
    const { home } = world;
    await world.leave();
    const before = performance.now();
    let looks = 0;
    const search = () => ((looks += 1) > 1 ? engine.socket : undefined);
    world = await DockerWorld.open(search, { home });
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('makes no other container, and ends none, while it cannot tell of the one that is there', async () => {
    const web = dockerService('many');
    await recordOf(world, web, 'a');
    const { home } = world;
    await world.leave();
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
    engine.cannotTell = /^\/containers\/a\//;
    world = await DockerWorld.open(engine.socket, { home });
    expect(world.observe(web)).toBeUndefined();
    expect(world.runtime.unmanaged()).toEqual([]);
    await expect(world.start(web)).resolves.toMatchObject({
      code: 'engine-refused',
      message: 'layer does not exist',
    });
    expect(engine.asked).not.toContain('/containers/create');
    for (const forget of [false, true]) {
      const stopped = world.stop(web, { forget });
      await expect(stopped).resolves.toMatchObject({ code: 'engine-refused' });
      expect(world.recordOf(web)).toMatchObject({ containerId: 'a' });
    }
    engine.cannotTell = undefined;
    await world.runtime.lookAgain();
    expect(world.observe(web)).toMatchObject({ state: 'running' });
  });

  it('is not taken for a copy that somebody runs with the labels of one that was never started', async () => {
    const web = dockerService('many');
    await recordOf(world, web, 'a');
    engine.containers = [
      { Id: 'a', Labels: labelsOf(0) },
      { Id: 'b', Labels: labelsOf(0), State: RUNNING },
    ];
    await world.runtime.lookAgain();
    expect(world.containerOf(web)).toBe('a');
    expect(world.runtime.unmanaged()).toMatchObject([{ id: 'b' }]);
  });

  it('knows its containers also when it cannot tell of their images', async () => {
    engine.cannotTell = /^\/images\//;
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
    await world.runtime.lookAgain();
    expect(world.runtime.isKnown).toBe(true);
    expect(world.runtime.observeAll()).toMatchObject([{ state: 'running' }]);
  });

  it.each(['exec_create: sh', 'exec_die', 'exec', 'exec_died'])(
    'does not look at a container for the event %s, which checks cause again and again',
    async (action) => {
      engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
      await world.runtime.lookAgain();
      const before = engine.asked.length;
      engine.tell(action, 'a');
      engine.tell('start', 'another');
      await eventually(() => engine.asked.length > before);
      expect(engine.asked.slice(before)).toEqual(['/containers/json']);
    },
  );

  it('takes for nobody’s what it does later of a command that it did not answer', async () => {
    const web = dockerService('many');
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
    await world.runtime.lookAgain();
    engine.hangsUpAt = /\/stop$/;
    const stopped = world.stop(web, { gracePeriodMs: 60_000 });
    await expect(stopped).resolves.toMatchObject({ code: 'engine-away' });
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    engine.tell('stop', 'a', Date.now() + 61_000);
    engine.containers = [...engine.containers, { Id: 'b', Labels: {} }];
    engine.tell('start', 'b');
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'b'));
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
    engine.tell('kill', 'a', Date.now() + 3_600_000);
    await world.untilObserved(web, ({ lastForeignChange }) => lastForeignChange?.what === 'kill');
  });

  it('takes for nobody’s what it makes later of a command that it did not answer', async () => {
    const web = dockerService('many');
    engine.hangsUpAt = /\/create$/;
    await expect(world.start(web)).resolves.toMatchObject({ code: 'engine-away' });
    await world.until(() => (world.runtime.isKnown ? true : undefined));
    engine.containers = [{ Id: 'a', Labels: labelsOf(0) }];
    engine.tell('create', 'a');
    await world.untilObserved(web, ({ state }) => state === 'exited');
    engine.containers = [...engine.containers, { Id: 'b', Labels: {} }];
    engine.tell('start', 'b');
    await world.until(() => world.runtime.unmanaged().find(({ id }) => id === 'b'));
    expect(world.observe(web)?.lastForeignChange).toBeUndefined();
  });

  it('looks at one that it is about to start again, and tells only what has changed', async () => {
    const waiting = { ...RUNNING, Status: 'restarting', Restarting: true };
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: waiting }];
    await world.runtime.lookAgain();
    const [{ asked }, before] = [engine, world.changesTold];
    const looks = () => asked.filter((path) => path === '/containers/a/json').length;
    const atFirst = looks();
    await eventually(() => looks() > atFirst + 1);
    expect(world.changesTold).toBe(before);
    engine.containers = [{ Id: 'a', Labels: labelsOf(0), State: RUNNING }];
    await world.until(() => world.runtime.observeAll().find(({ state }) => state === 'running'));
  });

  it('follows the events again when their stream has ended', async () => {
    const [first] = engine.streams;
    first?.end();
    await eventually(() => engine.streams.length > 1);
    expect(world.runtime.isKnown).toBe(true);
  });
});
