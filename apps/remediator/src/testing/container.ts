import type { ObservedConfig, ObservedContainer } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';

/** What an engine says of a container that was made for the manifest. */
export function containerConfig(
  { spec }: Service,
  container: Partial<ObservedContainer> = {},
): ObservedConfig {
  const image = `sha256:${'a'.repeat(64)}`;
  return {
    command: spec.command ?? [],
    env: spec.env,
    ports: spec.ports.map(({ port, hostPort }) => ({
      port,
      hostPort: hostPort ?? 49_153,
      fixed: hostPort !== undefined,
    })),
    ...(spec.healthCheck === undefined ? {} : { healthCheck: spec.healthCheck }),
    container: {
      id: 'c'.repeat(64),
      name: 'vigil-production-web-0',
      image: { reference: spec.image ?? '', id: image, currentId: image, repoDigests: [] },
      entrypoint: spec.entrypoint ?? [],
      mounts: [],
      networks: ['bridge'],
      labels: { ...spec.labels },
      capabilities: { add: [], drop: [] },
      readOnly: spec.readOnly ?? false,
      logging: { driver: 'json-file', options: {} },
      resources: { ...spec.resources },
      restartPolicy: 'unless-stopped',
      ...container,
    },
  };
}
