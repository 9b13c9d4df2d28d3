import { join } from 'node:path';

/** What the services use of TypeORM's drivers. */
const USED_DRIVER = 'postgres/PostgresDriver';

/**
 * TypeORM loads the drivers of sixteen databases to use one: 0.7 MB of code in each service. The others
 * become classes that say so when somebody makes one, which is what TypeORM's own bundle for browsers
 * does.
 */
export function unusedDrivers() {
  return {
    name: 'unused-drivers',
    setup(build) {
      build.onResolve({ filter: /^\.\.?\/([\w-]+\/)+\w+Driver$/ }, ({ path, importer }) => {
        if (!/[\\/]typeorm[\\/](driver[\\/]DriverFactory|index)\.js$/.test(importer)) return;
        if (path.endsWith(USED_DRIVER)) return;
        return { path: path.slice(path.lastIndexOf('/') + 1), namespace: 'unused-driver' };
      });
      build.onLoad({ filter: /.*/, namespace: 'unused-driver' }, ({ path }) => ({
        contents: `exports.${path} = class ${path} {
          constructor() { throw new Error('${path} is not part of this bundle'); }
        };`,
      }));
    },
  };
}

/**
 * For Node, RxJS names its CommonJS files, of which every operator comes along; of its modules only
 * what is used: 3 MB of memory in each service.
 */
export function modularRxjs(workspace) {
  const modules = join(workspace, 'node_modules/rxjs/dist/esm');
  return {
    name: 'modular-rxjs',
    setup(build) {
      build.onResolve({ filter: /^rxjs(\/operators)?$/ }, ({ path }) => ({
        path: join(modules, path === 'rxjs' ? 'index.js' : 'operators/index.js'),
        sideEffects: false,
      }));
    },
  };
}
