import type { DescribedContainer, DescriptionOutcome, HostDescription } from '@vigil/contracts';
import { isOfVigil } from '../container/labels.js';
import { isRunning } from '../container/observe-state.js';
import { observeEnv, variableOf } from '../container/observe-env.js';
import type { DockerParts } from '../docker-parts.js';
import type { EngineDefaults } from '../engine/container-details.js';
import type { ListedContainer } from '../engine/engine-answers.js';
import { EngineAway, EngineRefusal } from '../engine/engine-error.js';
import { describeContainer, type DescribedVariables } from './describe-container.js';
import { fitted } from './fitted.js';
import type { FullContainer } from './unsayable.js';
import { VariableFiles } from './variable-files.js';

/** So many containers are described at the same time. */
const AT_ONCE = 4;
/** Somebody waits for the answer: what has not begun by then is asked for once more. */
const PATIENCE_MS = 8_000;

/** A manifest takes fewer with their files, and each file takes its time. */
const MAX_VARIABLES = 1_000;
const MANAGED = 'it is managed by Vigil';

/** A container that cannot be described, and why. */
type Refused = HostDescription['refused'][number];

/** Tells of the containers that run here and that no Vigil manages. None of them is touched. */
export class HostDescriber {
  private readonly files: VariableFiles;
  private isBusy = false;

  /** @param directory where the values of their variables are kept */
  constructor(
    private readonly parts: DockerParts,
    directory: string,
  ) {
    this.files = new VariableFiles({
      directory,
      isInUse: (file) => this.isInUse(file),
      digest: parts.digest,
    });
  }

  /** @param names those that are asked for; undefined: all that a manifest may take over */
  async describe(names: readonly string[] | undefined): Promise<DescriptionOutcome> {
    if (this.isBusy) return undescribed('busy', 'another description is being made');
    this.isBusy = true;
    try {
      return { status: 'described', ...(await this.look(names)) };
    } catch (error) {
      if (error instanceof EngineAway) return undescribed('engine-away', error.message);
      if (error instanceof EngineRefusal) return undescribed('failed', error.message);
      throw error;
    } finally {
      this.isBusy = false;
    }
  }

  /** @throws EngineAway, EngineRefusal */
  private async look(names: readonly string[] | undefined): Promise<HostDescription> {
    const deadline = performance.now() + PATIENCE_MS;
    const engine = this.parts.engine();
    const [listed, defaults] = await Promise.all([engine.list(), engine.defaults()]);
    const { chosen, refused } = this.choose(listed, names);
    const described: DescribedContainer[] = [];
    const late: string[] = [];
    const due = [...chosen];
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let next = due.shift(); next !== undefined; next = due.shift()) {
        if (performance.now() > deadline) late.push(next.name);
        else {
          const outcome = await this.describeOne(next, defaults);
          if ('why' in outcome) refused.push(outcome);
          else described.push(outcome);
        }
      }
    });
    // what one of them fails with ends it all, but none may go on behind the answer
    await Promise.allSettled(workers);
    await Promise.all(workers);
    return fitted({ containers: described, refused, omitted: late });
  }

  /** True when a container of Vigil has a value from the file. */
  private isInUse(file: string): boolean {
    return [...this.parts.state.containers()].some(({ spec }) =>
      Object.values(spec.env).some(
        (value) => typeof value !== 'string' && value.secretRef.file === file,
      ),
    );
  }

  private choose(listed: readonly ListedContainer[], names: readonly string[] | undefined) {
    const taken = new Set([...this.parts.state.containers()].map((record) => record.containerId));
    const objectionTo = ({ id, state, labels }: ListedContainer): string | undefined => {
      if (isOfVigil(labels) || taken.has(id)) return MANAGED;
      return state === 'running' ? undefined : `it does not run (${state})`;
    };
    const byName = new Map(listed.map((each) => [each.name, each]));
    const asked = names ?? inBetween(listed).map(({ name }) => name);
    const refused = asked.flatMap((name): Refused[] => {
      const found = byName.get(name);
      const why = found === undefined ? 'there is no such container' : objectionTo(found);
      return why === undefined || (names === undefined && why === MANAGED) ? [] : [{ name, why }];
    });
    const wanted = names === undefined ? undefined : new Set(names);
    const chosen = listed.filter(
      (each) => objectionTo(each) === undefined && wanted?.has(each.name) !== false,
    );
    return { chosen: chosen.sort((a, b) => (a.name < b.name ? -1 : 1)), refused };
  }

  private async describeOne(
    { id, name }: ListedContainer,
    defaults: EngineDefaults,
  ): Promise<DescribedContainer | Refused> {
    const engine = this.parts.engine();
    try {
      const inspected = await engine.inspectInFull(id);
      if (inspected === undefined || !isRunning(inspected.container)) {
        return { name, why: 'it runs no more' };
      }
      const { container } = inspected;
      const [image, current] = await Promise.all([
        engine.inspectImageInFull(container.imageId),
        engine.inspectImage(container.config.image),
      ]);
      if (container.config.env.length > MAX_VARIABLES) {
        return { name, why: `it has more than ${MAX_VARIABLES} variables` };
      }
      const full = { ...inspected, image, defaults, isPodman: this.parts.isPodman() };
      return describeContainer(full, current, await this.variables(full));
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw error;
      return { name, why: error.message };
    }
  }

  /** The values go into files; what is told of them are the files. */
  private async variables({
    container,
    image,
    isPodman,
  }: FullContainer): Promise<DescribedVariables> {
    const { env: entries } = container.config;
    const digests: Record<string, string> = {};
    const env: DescribedVariables['env'] = {};
    const problems: string[] = [];
    const observed = observeEnv({
      env: entries,
      ofImage: image?.image.config.env ?? [],
      declared: undefined,
      secrets: new Map(),
      isPodman,
      digest: this.parts.digest,
    });
    const values = new Map(entries.map(variableOf));
    for (const name of Object.keys(observed)) {
      const value = values.get(name) ?? '';
      const digest = this.parts.digest(value);
      const kept = await this.files.keep(container.name, name, value);
      digests[name] = digest;
      env[name] = 'file' in kept ? { secretRef: kept } : { digest };
      if ('problem' in kept) problems.push(`variable ${name}: ${kept.problem}`);
    }
    return { env, digests, problems };
  }
}

export function undescribed(
  code: Extract<DescriptionOutcome, { status: 'failed' }>['code'],
  message: string,
): DescriptionOutcome {
  return { status: 'failed', code, message: message.slice(0, 2048) };
}

/** What is in use although it does not run just now: of the rest nobody expects to hear. */
function inBetween(listed: readonly ListedContainer[]): ListedContainer[] {
  return listed.filter(({ state }) => state === 'restarting' || state === 'paused');
}
