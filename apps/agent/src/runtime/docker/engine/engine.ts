import type Dockerode from 'dockerode';
import { setTimeout as pause } from 'node:timers/promises';
import type { z } from 'zod';
import { CallGuard } from './call-guard.js';
import { ContainerDetails, EngineDefaults, ImageDetails } from './container-details.js';
import { asEngineError, EngineAway, EngineRefusal, isNotFound } from './engine-error.js';
import {
  EngineEvent,
  InspectedContainer,
  InspectedImage,
  ListedContainer,
  PullProgress,
} from './engine-answers.js';
import { linesOf, parseJson } from './lines-of.js';

const LOOK_MS = 5_000;
const CHANGE_MS = 60_000;
/** A pull that makes no progress for this long has ended. */
const PULL_STALL_MS = 120_000;

/** How long it is looked for a command that was cut off while it was being started: a second. */
const CUT_OFF_LOOKS = 20;
const CUT_OFF_LOOK_MS = 50;

/** As much of a check's output as helps people. */
const MAX_OUTPUT = 512;

/** What a container is made with; the form of `POST /containers/create`. */
export type CreateOptions = Dockerode.ContainerCreateOptions;

/** Credentials of a registry, as the engine passes them on. */
export type RegistryCredentials = Readonly<Record<string, string>>;

export type ExecOutcome =
  | { readonly status: 'ended'; readonly exitCode: number; readonly output: string }
  /** `pid` as the engine's host numbers it; 0 when nothing runs. */
  | { readonly status: 'cut-off'; readonly pid: number };

/**
 * The engine of this host, over its socket. Each call ends within a time; it throws
 * {@link EngineAway} when there was no answer and `EngineRefusal` when the answer was no.
 */
export class Engine {
  private constructor(
    private readonly docker: Dockerode,
    /** Gives up what is silent for {@link LOOK_MS}: for calls whose types know no signal. */
    private readonly impatient: Dockerode,
    private readonly guard: CallGuard,
  ) {}

  /** The client is loaded only where there is an engine: it costs memory. */
  static async at(socketPath: string): Promise<Engine> {
    const [{ default: Client }, guard] = await Promise.all([
      import('dockerode'),
      CallGuard.create(),
    ]);
    const options = optionsFor(socketPath);
    return new Engine(new Client(options), new Client({ ...options, timeout: LOOK_MS }), guard);
  }

  /** Asks whether it is there, whatever happened before. */
  async ping(): Promise<void> {
    try {
      await this.impatient.ping();
    } catch (error) {
      throw asEngineError(error);
    }
    this.guard.trust();
  }

  /** True for Podman, which adds variables of its own to each container. */
  async isPodman(): Promise<boolean> {
    const version = await this.guard.call(() => this.impatient.version());
    return JSON.stringify(version).includes('Podman');
  }

  /** Nothing of the client is left to run. */
  end(): void {
    this.guard.end();
  }

  async list(): Promise<ListedContainer[]> {
    const answer = await this.call(LOOK_MS, (abortSignal) =>
      this.docker.listContainers({ all: true, abortSignal }),
    );
    return answer.flatMap((each) => parsed(ListedContainer, each));
  }

  /** Undefined when there is none of this id or name. */
  async inspect(id: string): Promise<InspectedContainer | undefined> {
    const answer = await this.unlessNotFound(() =>
      this.call(LOOK_MS, (abortSignal) => this.docker.getContainer(id).inspect({ abortSignal })),
    );
    return answer === undefined ? undefined : parsed(InspectedContainer, answer)[0];
  }

  /** Undefined when the reference names none on this host. */
  async inspectImage(reference: string): Promise<InspectedImage | undefined> {
    const answer = await this.unlessNotFound(() =>
      this.guard.call(() => this.impatient.getImage(reference).inspect()),
    );
    return answer === undefined ? undefined : parsed(InspectedImage, answer)[0];
  }

  /**
   * One inspection in two forms. Undefined when there is none.
   * @throws EngineRefusal also when what the engine says is not understood
   */
  async inspectInFull(
    id: string,
  ): Promise<{ container: InspectedContainer; details: ContainerDetails } | undefined> {
    const answer = await this.unlessNotFound(() =>
      this.call(LOOK_MS, (abortSignal) => this.docker.getContainer(id).inspect({ abortSignal })),
    );
    if (answer === undefined) return undefined;
    return {
      container: understood(InspectedContainer, answer),
      details: understood(ContainerDetails, answer),
    };
  }

  /** As {@link inspectInFull}, of an image. */
  async inspectImageInFull(
    reference: string,
  ): Promise<{ image: InspectedImage; details: ImageDetails } | undefined> {
    const answer = await this.unlessNotFound(() =>
      this.guard.call(() => this.impatient.getImage(reference).inspect()),
    );
    if (answer === undefined) return undefined;
    return { image: understood(InspectedImage, answer), details: understood(ImageDetails, answer) };
  }

  /** What containers get that ask for nothing else; empty where it does not tell. */
  async defaults(): Promise<EngineDefaults> {
    const answer: unknown = await this.guard.call(() => this.impatient.info());
    return parsed(EngineDefaults, answer)[0] ?? { logDriver: '', runtime: '' };
  }

  async hasNetwork(name: string): Promise<boolean> {
    const found = await this.unlessNotFound(() =>
      this.guard.call(() => this.impatient.getNetwork(name).inspect()),
    );
    return found !== undefined;
  }

  /** Returns its id. */
  async create(options: CreateOptions): Promise<string> {
    const { id } = await this.call(CHANGE_MS, (abortSignal) =>
      this.docker.createContainer({ ...options, abortSignal }),
    );
    return id;
  }

  async start(id: string): Promise<void> {
    await this.unlessSo(() =>
      this.call(CHANGE_MS, (abortSignal) => this.docker.getContainer(id).start({ abortSignal })),
    );
  }

  /** The container's stop signal, and SIGKILL after this many seconds. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    await this.unlessSo(() =>
      this.call(CHANGE_MS + graceSeconds * 1000, (abortSignal) =>
        this.docker.getContainer(id).stop({ t: graceSeconds, abortSignal }),
      ),
    );
  }

  async kill(id: string, signal: string): Promise<void> {
    await this.call(CHANGE_MS, (abortSignal) =>
      this.docker.getContainer(id).kill({ signal, abortSignal }),
    );
  }

  /** @param withVolumes those without a name too; only for a container that never ran */
  async remove(id: string, withVolumes = false): Promise<void> {
    await this.unlessNotFound(() =>
      this.call(CHANGE_MS, (abortSignal) =>
        this.docker.getContainer(id).remove({ v: withVolumes, force: false, abortSignal }),
      ),
    );
  }

  async rename(id: string, name: string): Promise<void> {
    await this.call(LOOK_MS, (abortSignal) =>
      this.docker.getContainer(id).rename({ name, abortSignal }),
    );
  }

  async update(id: string, changes: object): Promise<void> {
    await this.call(CHANGE_MS, (abortSignal) =>
      this.docker.getContainer(id).update({ ...changes, abortSignal }),
    );
  }

  /** @param aliases further names that others in the network find it by */
  async connect(network: string, id: string, aliases: readonly string[]): Promise<void> {
    const EndpointConfig = { Aliases: [...aliases] };
    await this.guard.call(() =>
      this.impatient.getNetwork(network).connect({ Container: id, EndpointConfig }),
    );
  }

  /**
   * Fetches an image, and tells of its progress.
   * @throws EngineRefusal also when the registry does not give it
   */
  async pull(
    reference: string,
    credentials: RegistryCredentials | undefined,
    onProgress: (progress: PullProgress) => void,
  ): Promise<void> {
    const stalled = new AbortController();
    const stall = () => stalled.abort(new EngineAway('the pull makes no progress'));
    let timer = setTimeout(stall, PULL_STALL_MS);
    try {
      const stream = await this.docker.createImage(credentials, {
        fromImage: reference,
        abortSignal: stalled.signal,
      });
      for await (const line of linesOf(stream)) {
        clearTimeout(timer);
        timer = setTimeout(stall, PULL_STALL_MS);
        const [progress] = parsed(PullProgress, parseJson(line));
        if (progress === undefined) continue;
        if (progress.error !== '') throw refusedPull(progress.error);
        onProgress(progress);
      }
    } catch (error) {
      throw asEngineError(error);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Everything that happens from `since` (Unix ms) on, as far back as the engine remembers, until the
   * signal is aborted or the engine goes away. Resolves when the engine has begun to tell.
   */
  async events(since: number, signal: AbortSignal): Promise<AsyncGenerator<EngineEvent>> {
    try {
      const stream = await this.docker.getEvents({
        since: since / 1000,
        filters: { type: ['container', 'image', 'network'] },
        abortSignal: signal,
      });
      return eventsOf(stream, signal);
    } catch (error) {
      throw asEngineError(error);
    }
  }

  /**
   * Runs a command in a container, until the signal is aborted. What then still runs is told, because
   * the engine cannot end it.
   */
  async exec(id: string, command: readonly string[], signal: AbortSignal): Promise<ExecOutcome> {
    const container = this.docker.getContainer(id);
    try {
      const exec = await container.exec({
        Cmd: [...command],
        AttachStdout: true,
        AttachStderr: true,
        abortSignal: signal,
      });
      const output = await this.outputOf(exec, signal);
      if (output === undefined) return { status: 'cut-off', pid: await this.pidOf(exec.id) };
      const { ExitCode } = await this.impatient.getExec(exec.id).inspect();
      // the stream of what is cut off may also end as if all had been said
      if (ExitCode === null) return { status: 'cut-off', pid: await this.pidOf(exec.id) };
      return { status: 'ended', exitCode: ExitCode, output };
    } catch (error) {
      throw asEngineError(error);
    }
  }

  /**
   * Of a command that nobody waits for any more; 0 when it has ended. An engine that was asked to start
   * it does so, also when whoever asked is gone by then.
   */
  private async pidOf(execId: string): Promise<number> {
    for (let look = 0; look < CUT_OFF_LOOKS; look += 1) {
      const { ExitCode, Running, Pid } = await this.impatient.getExec(execId).inspect();
      if (Running && Pid > 0) return Pid;
      if (ExitCode !== null) return 0;
      await pause(CUT_OFF_LOOK_MS);
    }
    return 0;
  }

  /** Undefined when the signal was aborted before it had ended. */
  private async outputOf(exec: Dockerode.Exec, signal: AbortSignal): Promise<string | undefined> {
    try {
      return await outputOf(await exec.start({ hijack: false, stdin: false, abortSignal: signal }));
    } catch (error) {
      if (signal.aborted) return undefined;
      throw error;
    }
  }

  private call<T>(ms: number, task: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return this.guard.call(() => task(AbortSignal.timeout(ms)));
  }

  private async unlessNotFound<T>(task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task();
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** 304: it is so already. */
  private async unlessSo(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 304) return;
      throw error;
    }
  }
}

/**
 * For exactly this socket: what is left out the client takes from the environment, the engine of another
 * host included. Each call has a connection of its own: one that was kept may be closed in the very moment
 * of its next use, which looks as if the engine were gone.
 */
function optionsFor(socketPath: string) {
  return {
    socketPath,
    host: undefined,
    port: undefined,
    protocol: 'http',
    pathPrefix: undefined,
    timeout: undefined,
    // not by an agent of ours: the client prints its options at each call, and all that they refer to
    headers: { connection: 'close' },
  } as const;
}

async function* eventsOf(
  stream: NodeJS.ReadableStream,
  signal: AbortSignal,
): AsyncGenerator<EngineEvent> {
  try {
    for await (const line of linesOf(stream)) yield* parsed(EngineEvent, parseJson(line));
  } catch (error) {
    if (!signal.aborted) throw asEngineError(error);
  }
}

/** The beginning of what it says; the rest is read and left, so that the command can go on. */
async function outputOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (bytes < MAX_OUTPUT) chunks.push(data);
    bytes += data.length;
  }
  return withoutFrames(Buffer.concat(chunks)).slice(0, MAX_OUTPUT);
}

/** Output and errors come in frames: one byte for which of the two, three empty ones, four for the length. */
function withoutFrames(data: Buffer): string {
  const parts: Buffer[] = [];
  for (let at = 0; at + 8 <= data.length;) {
    const length = data.readUInt32BE(at + 4);
    parts.push(data.subarray(at + 8, at + 8 + length));
    at += 8 + length;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** None for what is not understood: one container must not hide the others. */
function parsed<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema>[] {
  const result = schema.safeParse(answer);
  return result.success ? [result.data] : [];
}

/** For whoever cannot do without. The words of the engine may hold secrets: they are not repeated. */
function understood<Schema extends z.ZodType>(schema: Schema, answer: unknown): z.output<Schema> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  const where = result.error.issues[0]?.path.join('.') ?? '';
  throw new EngineRefusal(502, `what the engine says is not understood, at ${where}`);
}

/** What the registry says comes inside of an answer that began well. */
function refusedPull(message: string): EngineRefusal {
  return new EngineRefusal(502, message);
}
