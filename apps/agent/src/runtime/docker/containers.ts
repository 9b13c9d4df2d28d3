import { containerName, type UnmanagedContainer } from '@vigil/contracts';
import { replicaKey } from '../../state/agent-document.js';
import { Coalesced } from './coalesced.js';
import { isOfVigil, namedImage, replicaOf, type ReplicaId } from './container/labels.js';
import type { SeenContainer } from './container/observe-config.js';
import { isFresh, isRunning } from './container/observe-state.js';
import type { DockerParts } from './docker-parts.js';
import type { InspectedImage, ListedContainer } from './engine/engine-answers.js';
import { EngineRefusal } from './engine/engine-error.js';

/** So many containers are inspected at the same time. */
const AT_ONCE = 8;
/** What is paused keeps its ports. */
const HOLDS_PORTS: ReadonlySet<string> = new Set(['running', 'paused']);
/** Nobody gets them to run again. */
const GOING: ReadonlySet<string> = new Set(['removing', 'dead']);
/** More than this of others' is not told: nobody reads it. */
const MAX_UNMANAGED = 1_000;

interface OwnContainer extends SeenContainer {
  readonly id: ReplicaId;
}

/**
 * What the engine has, as it was last inspected: the containers of this installation in full, of all
 * others what may be in the way. A container is ours by its label, or because the journal names it.
 */
export class Containers {
  private readonly own = new Map<string, OwnContainer>();
  /** The same by replica: each is asked for its container again and again. */
  private readonly ofReplica = new Map<string, ReadonlySet<OwnContainer>>();
  private listed: readonly ListedContainer[] = [];
  private readonly images = new Map<string, Promise<InspectedImage | undefined>>();
  /** What the engine did not tell of when it was asked last, though it may be there; by id or name. */
  private readonly untold = new Map<string, EngineRefusal>();
  private readonly looking = new Coalesced((id) => this.inspect(id));
  private readonly listing = new Coalesced(() => this.takeStock());

  constructor(
    private readonly parts: DockerParts,
    /** Called when the container of a replica was inspected, or is gone; awaited. */
    private readonly onSeen: (id: ReplicaId) => Promise<void>,
  ) {}

  /** The container of a replica. */
  of(id: ReplicaId): SeenContainer | undefined {
    return this.candidates(id)[0];
  }

  byId(containerId: string): SeenContainer | undefined {
    return this.own.get(containerId);
  }

  /** Others with the labels of the same replica: what a crash, or somebody's copying, has left. */
  spare(id: ReplicaId): readonly SeenContainer[] {
    return this.candidates(id).slice(1);
  }

  replicaOfContainer(containerId: string): ReplicaId | undefined {
    return this.own.get(containerId)?.id;
  }

  /** Everything that has a container here. */
  replicas(): ReplicaId[] {
    return [...this.own.values()].map(({ id }) => id);
  }

  /** Those that Vigil does not touch. */
  unmanaged(): UnmanagedContainer[] {
    const managed = new Set(this.replicas().flatMap((id) => this.of(id)?.container.id ?? []));
    // what is left of a replica keeps no port, and no name that it could not do without
    for (const { container } of this.own.values()) {
      if (!isRunning(container)) managed.add(container.id);
    }
    return this.listed
      .filter(({ id, labels }) => !managed.has(id) && !this.isUnseen(id, labels))
      .slice(0, MAX_UNMANAGED)
      .map(({ id, name, image, state, hostPorts, labels }) => ({
        id,
        name,
        image,
        hostPorts: HOLDS_PORTS.has(state) ? hostPorts : [],
        ...(isOfVigil(labels) || GOING.has(state) ? {} : { adoptable: true }),
        ...(HOLDS_PORTS.has(state) ? {} : { stopped: true }),
      }));
  }

  /** Inspects one container by its id or name, and says what came of it before it resolves. */
  look(id: string): Promise<void> {
    return this.looking.run(id);
  }

  /** Why the engine cannot tell of a container, which may be there; undefined when it can. */
  whyUntold(id: string): EngineRefusal | undefined {
    return this.untold.get(id);
  }

  /** Lists everything, and inspects what is ours. */
  lookAtAll(): Promise<void> {
    return this.listing.run('');
  }

  /** Lists again what is not ours. What is, and was not known, may be gone by now. */
  async list(): Promise<void> {
    for (const { id } of await this.listOwn()) if (!this.own.has(id)) await this.look(id);
  }

  /** What references name may be another image now. */
  forgetImages(): void {
    this.images.clear();
  }

  private async takeStock(): Promise<void> {
    this.forgetImages();
    const ours = await this.listOwn();
    const listed = new Set(this.listed.map(({ id }) => id));
    const gone = [...this.own.keys()].filter((id) => !listed.has(id));
    const due = [...new Set([...gone, ...this.untold.keys(), ...ours.map(({ id }) => id)])];
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let id = due.shift(); id !== undefined; id = due.shift()) await this.look(id);
    });
    await Promise.all(workers);
  }

  /** Lists everything, and says what of it is ours. */
  private async listOwn(): Promise<readonly ListedContainer[]> {
    this.listed = await this.parts.engine().list();
    return this.listed.filter(({ id, labels }) => this.ownerOf(id, labels) !== undefined);
  }

  private async inspect(idOrName: string): Promise<void> {
    const container = await this.parts
      .engine()
      .inspect(idOrName)
      .catch((error: unknown) => this.leaveAsKnown(idOrName, error));
    if (container === 'as-known') return;
    this.untold.delete(idOrName);
    const known = this.own.get(container?.id ?? idOrName);
    const id = container && this.ownerOf(container.id, container.config.labels);
    // what is gone keeps no name and no port, whatever the last list says
    if (container === undefined) this.listed = this.listed.filter((each) => each.id !== idOrName);
    if (container === undefined || id === undefined) {
      this.forget(container?.id ?? idOrName);
      if (known !== undefined) await this.onSeen(known.id);
      return;
    }
    const [image, currentImage] = await Promise.all([
      this.image(container.imageId),
      this.image(namedImage(container.config)),
    ]);
    // an image does not change, also when the engine does not have it any more
    const last = known?.container.imageId === container.imageId ? known.image : undefined;
    this.keep({ id, container, image: image ?? last, currentImage });
    await this.onSeen(id);
  }

  private keep(own: OwnContainer): void {
    this.forget(own.container.id);
    this.own.set(own.container.id, own);
    const key = replicaKey(own.id.resource, own.id.replica);
    this.ofReplica.set(key, new Set([...(this.ofReplica.get(key) ?? []), own]));
  }

  private forget(containerId: string): void {
    const own = this.own.get(containerId);
    if (own === undefined) return;
    this.own.delete(containerId);
    const key = replicaKey(own.id.resource, own.id.replica);
    const others = [...(this.ofReplica.get(key) ?? [])].filter((each) => each !== own);
    if (others.length === 0) this.ofReplica.delete(key);
    else this.ofReplica.set(key, new Set(others));
  }

  /** True for what is ours and was not inspected yet, or could not be. */
  private isUnseen(id: string, labels: Readonly<Record<string, string>>): boolean {
    return !this.own.has(id) && this.ownerOf(id, labels) !== undefined;
  }

  /** One container that the engine cannot tell of must not hide the others. */
  private leaveAsKnown(idOrName: string, error: unknown): 'as-known' {
    if (!(error instanceof EngineRefusal)) throw error;
    this.untold.set(idOrName, error);
    this.parts.log.warn('a container could not be inspected', {
      container: idOrName,
      why: error.message,
    });
    return 'as-known';
  }

  /** One that the engine cannot tell of is as one that it does not have. */
  private image(reference: string): Promise<InspectedImage | undefined> {
    const known = this.images.get(reference);
    if (known !== undefined) return known;
    const asked = this.parts
      .engine()
      .inspectImage(reference)
      .catch((error: unknown) => {
        if (!(error instanceof EngineRefusal)) throw error;
        const why = error.message;
        this.parts.log.warn('an image could not be inspected', { image: reference, why });
        return undefined;
      });
    this.images.set(reference, asked);
    asked.catch(() => this.images.delete(reference));
    return asked;
  }

  private ownerOf(id: string, labels: Readonly<Record<string, string>>): ReplicaId | undefined {
    const installation = this.parts.installation();
    const byLabel = installation === undefined ? undefined : replicaOf(labels, installation);
    if (byLabel !== undefined) return byLabel;
    for (const { containerId, replaces, resource, replica } of this.parts.state.containers()) {
      if (containerId === id || replaces === id) return { resource, replica };
    }
    return undefined;
  }

  /**
   * The best first: what still runs although another one, which was never started, is to replace it; what
   * the journal names, what runs, what has the name, what is newest.
   */
  private candidates({ resource, replica }: ReplicaId): OwnContainer[] {
    const all = [...(this.ofReplica.get(replicaKey(resource, replica)) ?? [])];
    if (all.length < 2) return all;
    const record = this.parts.state.container(resource, replica);
    const isMadeAlone = all.some(
      ({ container }) => container.id === record?.containerId && isFresh(container),
    );
    const installation = this.parts.installation();
    const name = installation && containerName(resource, replica, installation);
    const rank = ({ container }: OwnContainer): number =>
      (isMadeAlone && container.id === record?.replaces && isRunning(container) ? 8 : 0) +
      (container.id === record?.containerId ? 4 : 0) +
      (isRunning(container) ? 2 : 0) +
      (container.name === name ? 1 : 0);
    return all.sort((a, b) => rank(b) - rank(a) || b.container.createdAt - a.container.createdAt);
  }
}
