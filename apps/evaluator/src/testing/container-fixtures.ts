import type { ObservedContainer, ReplicaObservation } from '@vigil/contracts';
import type { Service } from '@vigil/manifests';
import { replica } from './fixtures.js';

const IMAGE = `sha256:${'a'.repeat(64)}`;

/** A container as its manifest wants it, by the engine's word; `container` replaces what is said of it. */
export function contained(
  of: Service,
  number = 0,
  container: Partial<ObservedContainer> = {},
  change: Partial<ReplicaObservation> = {},
): ReplicaObservation {
  const seen = replica(of, number, change);
  const { spec } = of;
  return {
    ...seen,
    config: {
      ...seen.config,
      ports: spec.ports.map(({ port, hostPort }) => ({
        port,
        hostPort: hostPort ?? 49_153 + number,
        fixed: hostPort !== undefined,
      })),
      container: {
        id: 'c'.repeat(64),
        name: `vigil-default-${of.metadata.name}-${number}`,
        image: { reference: spec.image ?? '', id: IMAGE, currentId: IMAGE, repoDigests: [] },
        entrypoint: [],
        mounts: [],
        networks: ['bridge'],
        labels: {},
        capabilities: { add: [], drop: [] },
        readOnly: false,
        logging: { driver: 'json-file', options: {} },
        resources: spec.resources ?? {},
        restartPolicy: 'unless-stopped',
        ...container,
      },
    },
  };
}
