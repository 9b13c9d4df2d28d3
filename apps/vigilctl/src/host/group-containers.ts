import type { DescribedContainer } from '@vigil/contracts';
import { canonicalJson } from '@vigil/manifests';
import { isRenamed, type Note } from '../importing/note.js';
import { namespaceName, resourceName } from '../importing/resource-name.js';
import { chosenImage } from './chosen-image.js';
import { serviceSpec, type Spec } from './service-spec.js';

/** Containers that one manifest takes over, as its replicas 0, 1, … */
export interface Group {
  readonly namespace: string;
  readonly name: string;
  readonly spec: Spec;
  readonly containers: readonly [DescribedContainer, ...DescribedContainer[]];
}

interface Unnamed extends Omit<Group, 'namespace' | 'name'> {
  readonly project: string;
  readonly wanted: string;
}

export interface NamesInUse {
  readonly host: string;
  /** `namespace/name` of every Service that is in force. */
  readonly taken: ReadonlySet<string>;
}

/**
 * Containers of one service of a Compose project become one group, in the order of their numbers, when
 * one manifest can say what each of them is; else, and of all others, each is a group of its own.
 */
export function groupContainers(
  containers: readonly DescribedContainer[],
  namesInUse: NamesInUse,
  notes: Note[],
): readonly Group[] {
  const services = new Map<string, DescribedContainer[]>();
  for (const container of containers) {
    const { compose, config } = container;
    const key = canonicalJson(
      compose === undefined ? [config.container.name] : [compose.project, compose.service],
    );
    services.set(key, [...(services.get(key) ?? []), container]);
  }
  return named(
    [...services.values()].flatMap((each) => unnamedGroups(each, notes)),
    namesInUse,
    notes,
  );
}

function unnamedGroups(containers: readonly DescribedContainer[], notes: Note[]): Unnamed[] {
  const [first, ...others] = [...containers].sort(byNumber);
  if (first === undefined) return [];
  const { compose } = first;
  const group = (one: DescribedContainer, more: DescribedContainer[], wanted: string): Unnamed => ({
    project: compose?.project ?? 'default',
    wanted,
    spec: serviceSpec(one, chosenImage(one).image),
    containers: [one, ...more],
  });
  if (compose === undefined) return [group(first, [], first.config.container.name)];
  const differing = others.flatMap((other) => differences(first, other));
  if (differing.length === 0) return [group(first, others, compose.service)];
  const fields = [...new Set(differing)].sort().join(', ');
  return [first, ...others].map((one) => {
    const { name } = one.config.container;
    const message = `the containers of ${compose.service} differ in ${fields}: each gets a manifest of its own`;
    notes.push({ severity: 'warning', place: name, message });
    return group(one, [], `${compose.service}-${one.compose?.number ?? 0}`);
  });
}

function byNumber(a: DescribedContainer, b: DescribedContainer): number {
  const [left, right] = [a, b].map(({ compose }) => compose?.number ?? 0);
  return (left ?? 0) - (right ?? 0) || (a.config.container.name < b.config.container.name ? -1 : 1);
}

/** Fields of which no manifest could say both; values of variables count, not where they are kept. */
function differences(a: DescribedContainer, b: DescribedContainer): string[] {
  const [left, right] = [a, b].map((each): Spec => ({
    ...serviceSpec(each, chosenImage(each).image),
    env: each.digests,
  }));
  const fields = new Set([...Object.keys(left ?? {}), ...Object.keys(right ?? {})]);
  return [...fields].filter(
    (field) => canonicalJson(left?.[field] ?? null) !== canonicalJson(right?.[field] ?? null),
  );
}

/** With names that manifests may have, no two of them the same, nor one that is in force. */
function named(groups: readonly Unnamed[], { host, taken }: NamesInUse, notes: Note[]): Group[] {
  const used = new Set(taken);
  return groups.map(({ project, wanted, ...group }) => {
    const namespace = namespaceName(project);
    const plain = resourceName(wanted);
    // many hosts run something of the same name
    const base = taken.has(`${namespace}/${plain}`) ? resourceName(`${plain}-${host}`) : plain;
    let name = base;
    for (let number = 2; used.has(`${namespace}/${name}`); number += 1) name = `${base}-${number}`;
    used.add(`${namespace}/${name}`);
    if (name !== wanted || namespace !== project) {
      const message = isRenamed(`${project}/${wanted}`, `${namespace}/${name}`);
      const place = group.containers[0].config.container.name;
      notes.push({ severity: 'warning', place, message });
    }
    return { ...group, namespace, name };
  });
}
