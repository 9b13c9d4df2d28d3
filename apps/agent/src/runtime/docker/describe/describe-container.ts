import type { DescribedContainer, InheritedField, ObservedConfig } from '@vigil/contracts';
import { observeConfig } from '../container/observe-config.js';
import type { InspectedImage } from '../engine/engine-answers.js';
import { composeOrigin } from './compose-origin.js';
import { engineHealthCheck } from './engine-health-check.js';
import { unsayable, type FullContainer } from './unsayable.js';

/** Those of the contract. */
const MAX_UNSAYABLE = 200;
const MAX_LENGTH = 512;

/** What is told of a container's variables; their values are not here. */
export interface DescribedVariables {
  readonly env: ObservedConfig['env'];
  readonly digests: Readonly<Record<string, string>>;
  /** Those that no file can hold, and why. */
  readonly problems: readonly string[];
}

/**
 * A container for whoever writes a manifest that takes it over.
 * @param currentImage what its reference names now
 */
export function describeContainer(
  full: FullContainer,
  currentImage: InspectedImage | undefined,
  { env, digests, problems }: DescribedVariables,
): DescribedContainer {
  const { container, details, image } = full;
  const seen = { container, image: image?.image, currentImage };
  const {
    container: observed,
    healthCheck: _none,
    ...config
  } = observeConfig(seen, env, undefined);
  if (observed === undefined) throw new TypeError('a container is not observed as one');
  const { StopTimeout: stopTimeout } = details.Config;
  const compose = composeOrigin(container.config.labels);
  const healthCheck = engineHealthCheck(details.Config);
  return {
    config: { ...config, container: observed },
    inherited: inheritedFields(full),
    digests: { ...digests },
    ...(typeof stopTimeout === 'number' && stopTimeout >= 0
      ? { stopGracePeriodMs: stopTimeout * 1000 }
      : {}),
    ...(healthCheck === undefined ? {} : { healthCheck }),
    ...(compose === undefined ? {} : { compose }),
    unsayable: [...problems, ...unsayable(full)]
      .slice(0, MAX_UNSAYABLE)
      .map((each) => each.slice(0, MAX_LENGTH)),
  };
}

/**
 * An engine takes the command of an image only together with its entrypoint: beside an entrypoint that
 * was given, also beside the same one, the command is the container's own.
 */
function inheritedFields({ container, image, defaults }: FullContainer): InheritedField[] {
  const { config, host } = container;
  const ofImage = image?.image.config;
  const isWithoutCommand = config.command.length === 0 && (ofImage?.command.length ?? 0) > 0;
  const hasEntrypoint = same(config.entrypoint, ofImage?.entrypoint ?? []) && !isWithoutCommand;
  const isInherited: Readonly<Record<InheritedField, boolean>> = {
    entrypoint: hasEntrypoint,
    command: hasEntrypoint
      ? same(config.command, ofImage?.command ?? [])
      : config.command.length === 0,
    user: config.user === (ofImage?.user ?? ''),
    workingDir: config.workingDir === (ofImage?.workingDir ?? ''),
    logging: host.log.driver === defaults.logDriver && Object.keys(host.log.options).length === 0,
  };
  const fields: InheritedField[] = ['command', 'entrypoint', 'user', 'workingDir', 'logging'];
  return fields.filter((field) => isInherited[field]);
}

function same(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((word, index) => word === others[index]);
}
