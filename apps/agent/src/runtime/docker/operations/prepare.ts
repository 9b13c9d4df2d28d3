import type { Service } from '@vigil/manifests';
import { createOptions, furtherNetworks } from '../container/create-options.js';
import { trackingLabels } from '../container/labels.js';
import { inheritedVolumes, type SeenContainer } from '../container/observe-config.js';
import type { ContainerSpec } from '../../../state/container-record.js';
import { readSecret } from '@vigil/config';
import type { CreateOptions } from '../engine/engine.js';
import { ensureImage, ensureOneOf } from '../image/ensure-image.js';
import { failed, type Desired, type Failure, type Task } from './task.js';

export type Prepared =
  | {
      readonly status: 'prepared';
      readonly options: CreateOptions;
      /** Joined after it was made. */
      readonly networks: readonly string[];
      /** Names that others in its networks find it by. */
      readonly aliases: readonly string[];
    }
  | Failure;

/**
 * Everything that making a container needs and that can fail without touching what is there: the
 * image, the secrets, the networks, which the engine itself misses only when it starts the container.
 * @param former the container that it takes the place of
 */
export async function prepare(
  task: Task,
  { service, specDigest, images }: Desired,
  spec: ContainerSpec,
  former: SeenContainer | undefined,
): Promise<Prepared> {
  if (spec.image === '') return failed('no-image', 'the manifest has no image');
  const engine = task.parts.engine();
  const onProgress = (progress: string) => {
    task.replica.progress = progress;
    task.parts.events.onChange();
  };
  const image = await (images === undefined
    ? ensureImage(engine, spec, onProgress)
    : ensureOneOf(engine, images, spec, onProgress));
  task.replica.progress = undefined;
  if (image.status === 'failed') return failed(image.code, image.message);
  if (image.status === 'pulled') task.parts.log.info('pulled an image', { image: image.reference });
  const env = await resolveEnv(spec.env);
  if ('problem' in env) return failed('secret-unreadable', env.problem);
  const missing = await missingNetwork(task, spec);
  if (missing !== undefined) return failed('no-network', `there is no network ${missing}`);
  const aliases = aliasesOf(task, service);
  const options = createOptions({
    // two cannot have one name, and the old one keeps its own until it is removed
    name: freeName(task),
    spec,
    image: image.reference,
    aliases,
    env: env.values,
    labels: trackingLabels(task.installation, task.replica.id, specDigest),
    inherited: former === undefined ? [] : inheritedVolumes(former.container, spec.volumes),
  });
  return { status: 'prepared', options, networks: furtherNetworks(spec), aliases };
}

/** Another container of the replica may have its name still. */
function freeName({ containers, replica: { id, seen }, name }: Task): string {
  const others = [...(seen === undefined ? [] : [seen]), ...containers.spare(id)];
  const taken = new Set(others.map(({ container }) => container.name));
  return [name, `${name}-next`].find((each) => !taken.has(each)) ?? `${name}-after`;
}

/** That of the resource, and that of the container which the replica once was taken over from. */
function aliasesOf({ replica: { id } }: Task, { metadata, spec }: Service): string[] {
  const adopted = spec.adopt?.[id.replica];
  return [...new Set([metadata.name, ...(adopted === undefined ? [] : [adopted])])];
}

/** Ways to be in a network, whether or not the engine lists a network of that name. */
const MODES = new Set(['default', 'bridge', 'host', 'none']);

/** Networks are not made: which addresses they have is not for an agent to decide. */
async function missingNetwork(
  { parts }: Task,
  { networks }: ContainerSpec,
): Promise<string | undefined> {
  for (const name of networks ?? []) {
    const isMode = MODES.has(name) || name.startsWith('container:');
    if (!isMode && !(await parts.engine().hasNetwork(name))) return name;
  }
  return undefined;
}

async function resolveEnv(
  declared: ContainerSpec['env'],
): Promise<{ readonly values: Record<string, string> } | { readonly problem: string }> {
  const values: Record<string, string> = {};
  for (const [name, value] of Object.entries(declared)) {
    const read = typeof value === 'string' ? { value } : await readSecret(value.secretRef.file);
    if ('problem' in read) return { problem: `env ${name}: ${read.problem}` };
    if (read.value.includes('\0')) return { problem: `env ${name} has a NUL character` };
    values[name] = read.value;
  }
  return { values };
}
