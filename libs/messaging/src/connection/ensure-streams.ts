import {
  JetStreamApiCodes,
  JetStreamApiError,
  StorageType,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { BUCKETS, STREAMS } from '@vigil/contracts';
import { bucketConfig, sameStream, streamConfig, type DesiredStream } from './stream-config.js';

/** Every stream and bucket of Vigil. */
export function allStreams(): DesiredStream[] {
  return [
    ...Object.entries(STREAMS).map(([name, definition]) => streamConfig(name, definition)),
    ...BUCKETS.map((definition) => bucketConfig(definition)),
  ];
}

/**
 * Creates what is missing and changes what is different. Safe to run in several processes at once,
 * and after every reconnect: a server that lost its data gets its streams again.
 * The number of replicas is only set at creation, so that an operator may change it.
 */
export async function ensureStreams(
  manager: JetStreamManager,
  streams: readonly DesiredStream[],
  replicas: number,
): Promise<void> {
  await Promise.all(streams.map((stream) => ensureStream(manager, stream, replicas)));
}

async function ensureStream(
  manager: JetStreamManager,
  desired: DesiredStream,
  replicas: number,
): Promise<void> {
  const actual = await currentConfig(manager, desired.name);
  if (actual === undefined) {
    const config = { ...desired, storage: StorageType.File, num_replicas: replicas };
    await manager.streams.add(config).catch(async (error: unknown) => {
      // another process created it between our look and our attempt
      const now = await currentConfig(manager, desired.name);
      if (now === undefined || !sameStream(desired, now)) throw error;
    });
    return;
  }
  if (!sameStream(desired, actual)) await manager.streams.update(desired.name, desired);
}

async function currentConfig(
  manager: JetStreamManager,
  name: string,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const info = await manager.streams.info(name);
    return { ...info.config };
  } catch (error) {
    const missing =
      error instanceof JetStreamApiError && error.code === JetStreamApiCodes.StreamNotFound;
    if (missing) return undefined;
    throw error;
  }
}
