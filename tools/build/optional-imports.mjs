/** Marks an import that we are resolving ourselves, so that the plugin leaves it alone. */
const PROBE = Symbol('probe');

/**
 * Packages import drivers that nobody installed (Nest: gRPC, Kafka…; TypeORM: other databases) and
 * expect that to fail at run time, when they are asked for. Such imports stay imports.
 */
export function optionalImports() {
  return {
    name: 'optional-imports',
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, async (args) => {
        if (args.pluginData === PROBE || !args.importer.includes('node_modules')) return undefined;
        const { path, ...how } = args;
        const found = await build.resolve(path, {
          importer: how.importer,
          kind: how.kind,
          namespace: how.namespace,
          resolveDir: how.resolveDir,
          with: how.with,
          pluginData: PROBE,
        });
        return found.errors.length > 0 ? { path, external: true } : found;
      });
    },
  };
}
