import type { ObservedConfig, ObservedContainer } from '@vigil/contracts';
import { imageName, isImageId } from '@vigil/drift';
import type { ContainerSpec } from '../../../state/container-record.js';

/** What Podman calls images that were built on its host, where the name says no registry. */
const BUILT_HERE = 'localhost/';

/**
 * Podman (4.3) tells some of what it was told in words of its own: a port that it chose as one that was
 * given, an image without a registry by where it found it, and no options of a log at all. Where that is
 * what the manifest means, it is told in the manifest's words.
 */
export function asManifestHasIt(config: ObservedConfig, spec: ContainerSpec): ObservedConfig {
  const { container } = config;
  const chosen = spec.ports.filter(({ hostPort }) => hostPort === undefined);
  return {
    ...config,
    ports: config.ports.map((port) =>
      chosen.some((each) => each.port === port.port && each.protocol === port.protocol)
        ? { ...port, fixed: false }
        : port,
    ),
    ...(container === undefined ? {} : { container: withDeclared(container, spec) }),
  };
}

function withDeclared(
  { image, logging, ...rest }: ObservedContainer,
  spec: ContainerSpec,
): ObservedContainer {
  const isMeant =
    !isImageId(spec.image) &&
    imageName(image.reference) === imageName(`${BUILT_HERE}${spec.image}`);
  const declared = spec.logging?.driver === logging.driver ? spec.logging : undefined;
  return {
    ...rest,
    image: isMeant ? { ...image, reference: spec.image } : image,
    logging: declared ?? logging,
  };
}
