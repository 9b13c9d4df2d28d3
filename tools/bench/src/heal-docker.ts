import { freePort, startDockerEngine, testImage } from '@vigil/testkit';
import type { Place } from './heal-docker/guard.js';
import { floorOfEngine, measureFaults } from './heal-docker/measure.js';
import { startAutoheal, startRestartAlways } from './heal-docker/peers.js';
import { startVigil } from './heal-docker/vigil-guard.js';
import { machine } from './machine.js';

/**
 * Self-healing of a container: from a fault to another launch that answers over HTTP on the published
 * port. Vigil as the launcher runs it, beside what Docker offers, on engines of their own one after the
 * other. Prints one JSON line per guard and fault; quote them with the first lines.
 *
 *   npm run bench -- heal-docker [repetitions, default 20]
 */
const repetitions = Number(process.argv[2] ?? 20);
const IMAGE = testImage({ reference: 'bench:1' });

print(machine());
await onItsOwnEngine(async (place) => print(await floorOfEngine(place)));
for (const start of [startVigil, startRestartAlways, startAutoheal]) {
  await onItsOwnEngine(async (place) => {
    for await (const result of measureFaults(await start(place), place)) print(result);
  });
}

async function onItsOwnEngine(measure: (place: Place) => Promise<void>): Promise<void> {
  const engine = await startDockerEngine();
  await engine.docker.load(IMAGE);
  await measure({ engine, image: IMAGE.reference, port: await freePort(), repetitions });
  await engine.stop();
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
