import type { Service } from '@vigil/manifests';
import type { ContainerConfig, DesiredService, ReplicaState } from '../drift.js';
import { launched } from './fleet.js';

/** What an engine says of a container that was made for a manifest, and of its image `sha256:aaa…`. */
export function engineReports({ service: { spec } }: DesiredService): ContainerConfig {
  const reference = spec.image ?? 'busybox';
  const pinned = reference.includes('@');
  const { capabilities, resources } = spec;
  return {
    image: {
      reference,
      id: IMAGE_ID,
      currentId: IMAGE_ID,
      repoDigests: pinned ? [reference.replace(/:[^:/@]+@/, '@')] : [],
    },
    // the image's own where the manifest names none
    entrypoint: spec.entrypoint ?? ['/docker-entrypoint.sh'],
    mounts: [
      ...spec.volumes.map((text) => {
        const [source = '', target = '', access] = text.split(':');
        return { source, target: target.replace(/(?<=.)\/$/, ''), readOnly: access === 'ro' };
      }),
      // a VOLUME of the image
      { source: 'f'.repeat(64), target: '/image-data', readOnly: false },
    ],
    networks: [...(spec.networks ?? ['bridge'])].sort(),
    labels: { ...spec.labels, 'vigil.io/resource': 'production/Service/web' },
    capabilities: {
      add: (capabilities?.add ?? []).map((name) => `CAP_${name}`),
      drop: (capabilities?.drop ?? []).map((name) => (name === 'ALL' ? name : `CAP_${name}`)),
    },
    readOnly: spec.readOnly ?? false,
    logging: {
      driver: spec.logging?.driver ?? 'json-file',
      // the engine's own options stand beside those of the manifest
      options: { labels: 'com.example', ...spec.logging?.options },
    },
    resources: resources ?? {},
    restartPolicy: 'unless-stopped',
  };
}

export const IMAGE_ID = `sha256:${'a'.repeat(64)}`;
export const OTHER_IMAGE_ID = `sha256:${'b'.repeat(64)}`;

/** A replica that runs in a container as its manifest says; `container` replaces what is said of it. */
export function contained(
  effective: DesiredService,
  container: Partial<ContainerConfig> = {},
  changes: Partial<ReplicaState> = {},
): ReplicaState {
  const replica = launched(effective, 0);
  const { spec }: Service = effective.service;
  return {
    ...replica,
    config: {
      ...replica.config,
      command: spec.command ?? ['nginx', '-g', 'daemon off;'],
      container: { ...engineReports(effective), ...container },
    },
    ...changes,
  };
}
