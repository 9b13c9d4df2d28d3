/** Of dockerode and its modem: other ways to an engine than its socket, and building images. */
const UNUSED =
  /^(ssh2|@grpc\/grpc-js|@grpc\/proto-loader|protobufjs|tar-fs|@balena\/dockerignore)$/;

/**
 * dockerode loads gRPC, SSH (with native parts) and tar before it is asked for anything: 16 MB of memory
 * in an agent that uses the engine's socket alone. They become empty modules; what needs them fails.
 */
export function socketOnlyDockerode() {
  return {
    name: 'socket-only-dockerode',
    setup(build) {
      build.onResolve({ filter: UNUSED }, ({ path, importer }) =>
        /[\\/](dockerode|docker-modem)[\\/]lib[\\/]/.test(importer)
          ? { path, namespace: 'unused-of-dockerode' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'unused-of-dockerode' }, () => ({
        contents: 'module.exports = {};',
      }));
    },
  };
}
