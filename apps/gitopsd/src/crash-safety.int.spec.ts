import {
  createDatabase,
  eventually,
  startNats,
  temporaryDirectory,
  type TestDatabase,
  type TestNats,
} from '@vigil/testkit';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DesiredStateStore } from './desired-state/desired-state.store.js';
import { PruneDesiredState } from './desired-state/prune-desired-state.js';
import { Announcements } from './revision/announcements.js';
import { RevisionStore } from './revision/revision.store.js';
import { serviceManifest } from './testing/manifests.js';
import { World } from './testing/world.js';

/** A step of putting a revision in force: which method of which part does it. */
const STEPS = [
  ['storing it', RevisionStore, 'store'],
  ['writing its manifests', DesiredStateStore, 'putManifests'],
  ['writing its index', DesiredStateStore, 'putIndex'],
  ['moving the pointer', DesiredStateStore, 'movePointer'],
  ['announcing it', Announcements, 'applied'],
  ['marking it', RevisionStore, 'markApplied'],
  ['pruning', PruneDesiredState, 'execute'],
] as const;

const POINTS = STEPS.flatMap(([step, part, method]) => [
  ['before', step, part, method] as const,
  ['after', step, part, method] as const,
]);

/** Lets a process stand still in the middle of its work, until the test lets it fail. */
class Freezing {
  readonly reached: Promise<void>;
  private reach = () => {};
  private readonly released: Promise<never>;
  private fail = (_error: Error) => {};

  constructor(part: object, method: string, when: 'before' | 'after') {
    this.reached = new Promise((resolve) => (this.reach = resolve));
    this.released = new Promise((_resolve, reject) => (this.fail = reject));
    this.released.catch(() => undefined);
    const original: unknown = Reflect.get(part, method);
    if (typeof original !== 'function') throw new Error(`there is no ${method}`);
    Reflect.set(part, method, async (...args: unknown[]) => {
      if (when === 'after') {
        const done: unknown = Reflect.apply(original, part, args);
        await done;
      }
      this.reach();
      return this.released;
    });
  }

  release(): void {
    this.fail(new Error('the process ended here'));
  }
}

describe('a process that ends', () => {
  let nats: TestNats;
  let database: TestDatabase;
  let directory: string;
  let worlds: World[] = [];
  const start = async () => {
    const world = await World.start({
      natsUrl: nats.url,
      databaseUrl: database.url,
      manifests: directory,
    });
    worlds.push(world);
    return world;
  };
  const write = (name: string, text: string) => writeFileSync(join(directory, name), text);

  beforeEach(async () => {
    nats = await startNats();
    database = await createDatabase();
    directory = temporaryDirectory('manifests');
  });
  afterEach(async () => {
    await Promise.all(worlds.map((world) => world.stop()));
    worlds = [];
    await nats.stop();
    await database.drop();
  });

  it.each(POINTS)(
    '%s %s leaves a revision in force as a whole, announced once',
    async (when, _step, part, method) => {
      write('web.yaml', serviceManifest('web', 1));
      write('api.yaml', serviceManifest('api', 1));
      const first = await start();
      await first.untilStatus('Synced');

      const freezing = new Freezing(first.get<object>(part), method, when);
      write('web.yaml', serviceManifest('web', 2));
      await freezing.reached;
      const frozen = [...((await first.desiredState()) ?? [])].map(([, manifest]) => manifest);
      expect(frozen).toHaveLength(2);

      const second = await start();
      await second.untilInForce({ 'default/Service/api': 1, 'default/Service/web': 2 });
      const { revision } = await second.untilStatus('Synced');
      freezing.release();
      write('api.yaml', serviceManifest('api', 3));
      await second.untilInForce({ 'default/Service/api': 3, 'default/Service/web': 2 });
      const last = await eventually(async () => {
        const source = await second.source();
        return source?.revision === revision ? undefined : source;
      });
      await eventually(() => second.applied.some((event) => event.revision === last.revision));
      for (const announced of [revision, last.revision]) {
        expect(second.applied.filter((event) => event.revision === announced)).toHaveLength(1);
      }
      await eventually(async () => {
        const rows = await second.query(
          `SELECT name, content -> 'spec' -> 'replicas' AS replicas FROM manifests WHERE current ORDER BY name`,
        );
        expect(rows).toEqual([
          { name: 'api', replicas: 3 },
          { name: 'web', replicas: 2 },
        ]);
        return true;
      });
      const unfinished = await second.query(
        `SELECT FROM revisions WHERE outcome = 'stored' AND generation <
           (SELECT max(generation) FROM revisions WHERE outcome = 'applied')`,
      );
      expect(unfinished).toEqual([]);
    },
    20_000,
  );
});
