import type { ObservedConfig } from '@vigil/contracts';
import type { EnvValue } from '@vigil/manifests';

/** Variables that Podman adds to every container. */
const OF_PODMAN = new Set(['container', 'TERM', 'HOME', 'HOSTNAME', 'PATH']);

export interface EnvironmentFacts {
  /** As the engine tells it, `NAME=value`. */
  readonly env: readonly string[];
  /** Undefined when the engine does not have the image any more. */
  readonly ofImage: readonly string[] | undefined;
  /** What the manifest declares; undefined when that is not known. */
  readonly declared: Readonly<Record<string, EnvValue>> | undefined;
  /** The values of declared secrets, by variable, as far as they can be read. */
  readonly secrets: ReadonlyMap<string, string>;
  readonly isPodman: boolean;
  /** Tells equal values without telling them. */
  readonly digest: (value: string) => string;
}

/**
 * The environment of a container for others to see. In clear is only what the manifest says in clear;
 * a secret is its reference, if it is that secret; everything else is a digest. What the image brings
 * along is left out.
 */
export function observeEnv(facts: EnvironmentFacts): ObservedConfig['env'] {
  const ofImage = facts.ofImage && new Map(facts.ofImage.map(variableOf));
  const observed: ObservedConfig['env'] = {};
  for (const [name, value] of facts.env.map(variableOf)) {
    const declared = facts.declared?.[name];
    if (declared !== undefined) {
      const expected = typeof declared === 'string' ? declared : facts.secrets.get(name);
      observed[name] = value === expected ? declared : { digest: facts.digest(value) };
    } else if (ofImage === undefined || ofImage.get(name) === value) {
      // of its image, or nobody can tell any more whether it is
      continue;
    } else if (!(facts.isPodman && OF_PODMAN.has(name))) {
      observed[name] = { digest: facts.digest(value) };
    }
  }
  return observed;
}

/** Name and value of an entry as the engine tells it. */
export function variableOf(entry: string): [string, string] {
  const at = entry.indexOf('=');
  return at === -1 ? [entry, ''] : [entry.slice(0, at), entry.slice(at + 1)];
}
