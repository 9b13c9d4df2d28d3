import type { DescribedContainer } from '@vigil/contracts';
import { compareReplica, type FieldDifference } from '@vigil/drift';
import type { Service } from '@vigil/manifests';

type Containers = readonly [DescribedContainer, ...DescribedContainer[]];

/** What would differ once the manifest had taken the containers over, with the container's name. */
export interface ForeseenDifference {
  readonly container: string;
  readonly difference: FieldDifference;
}

/** Compares as the evaluator will, with what the agent will tell of each container. */
export function foreseenDrift(
  service: Service,
  containers: Containers,
): readonly ForeseenDifference[] {
  const [source] = containers;
  return containers.flatMap((container, replica) => {
    const { config, digests } = container;
    const state = {
      replica,
      runtime: 'docker',
      instance: config.container.id,
      state: 'running' as const,
      specDigest: '',
      config: {
        ...config,
        env: Object.fromEntries(
          Object.keys(config.env).map((name) => {
            const declared = service.spec.env[name];
            const isSame = digests[name] === source.digests[name];
            return [
              name,
              declared !== undefined && isSame ? declared : { digest: digests[name] ?? '' },
            ];
          }),
        ),
        // the agent carries out what the manifest says
        healthCheck: service.spec.healthCheck,
        container: { ...config.container, adopted: true },
      },
      health: { status: 'none' as const },
    };
    return compareReplica({ service }, state).map((difference) => ({
      container: config.container.name,
      difference,
    }));
  });
}
