import { z } from 'zod';
import { projectPaths, readIfThere } from '../workspace.js';

const Lock = z.object({
  packages: z.record(
    z.string(),
    z.object({ optionalDependencies: z.record(z.string(), z.string()).optional() }),
  ),
});

/** `npm ci`, and with it every start on a fresh machine, refuses a lock with a hole. */
describe('package-lock.json', () => {
  const { packages } = Lock.parse(JSON.parse(readIfThere('package-lock.json') ?? '{}'));

  it('knows every project (else: npm run lock)', () => {
    const unknown = projectPaths()
      .filter((project) => readIfThere(`${project}/package.json`) !== undefined)
      .filter((project) => packages[project] === undefined);
    expect(unknown).toEqual([]);
  });

  it('names the packages of every platform (else: npm run lock)', () => {
    const missing = Object.entries(packages).flatMap(([location, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          packages[`${location}/node_modules/${name}`] === undefined &&
          packages[`node_modules/${name}`] === undefined,
      ),
    );
    expect(missing).toEqual([]);
  });
});
