import type { DescribedContainer, HostDescription, InheritedField } from '@vigil/contracts';
import { hasSecretWord, IN_CLEAR, secretNames } from '../importing/in-clear.js';
import { draft, filesOf, readDrafts, type Imported } from '../importing/imported.js';
import {
  RESTART_POLICY_CHANGES,
  UNSAYABLE,
  VOLUME_WITHOUT_NAME,
  type Note,
} from '../importing/note.js';
import { foreseenDrift } from './check-drift.js';
import { chosenImage } from './chosen-image.js';
import { groupContainers, type Group } from './group-containers.js';
import { unnamedMounts } from './service-spec.js';

export interface HostSource {
  readonly host: string;
  readonly description: HostDescription;
  /** What `placement` can choose the host by. */
  readonly labels: Readonly<Record<string, string>>;
  /** A manifest says already what labels the host has. */
  readonly isDeclared: boolean;
  /** `namespace/name` of every Service that is in force. */
  readonly taken: ReadonlySet<string>;
  /** These containers were asked for, and no others: what is refused of them is an error. */
  readonly areNamed: boolean;
}

/** Label by which the manifests choose the host. */
const LABEL = 'host';

/** Manifests that take over the containers of a host as they are. */
export function importHost(source: HostSource): Imported {
  const { host, description } = source;
  const notes: Note[] = [...leftOut(source)];
  const groups = groupContainers(description.containers, source, notes);
  for (const container of description.containers) notes.push(...notesOn(container));
  const drafts = groups.map((group) => {
    const { namespace, name, spec, containers } = group;
    const adoption = {
      replicas: containers.length,
      adopt: containers.map(({ config }) => config.container.name),
      placement: { hosts: { matchLabels: { [LABEL]: host } } },
      dependsOn: dependencies(group, groups, notes),
    };
    return draft('Service', { name, namespace }, { ...spec, ...adoption }, namespace);
  });
  if (drafts.length === 0) {
    const message = 'found no container that a manifest could take over';
    notes.push({ severity: 'error', place: host, message });
  } else if (source.labels[LABEL] !== host) {
    if (source.isDeclared) notes.push(toBeLabelled(host));
    else drafts.push(draft('Host', { name: host }, { labels: { [LABEL]: host } }));
  }
  const resources = readDrafts(drafts, notes);
  for (const { file, manifest } of resources) {
    const group = groups.find(({ namespace, name }) => file === `${namespace}/${name}.json`);
    if (manifest.kind !== 'Service' || group === undefined) continue;
    for (const { container, difference } of foreseenDrift(manifest, group.containers)) {
      notes.push({
        severity: 'error',
        place: container,
        message: `${difference.path} would differ: the container has ${JSON.stringify(difference.observed)}, the manifest says ${JSON.stringify(difference.desired)}`,
      });
    }
  }
  return { files: filesOf(resources), notes };
}

function leftOut({ description: { refused, omitted }, areNamed }: HostSource): Note[] {
  const isOmitted = omitted.map((name): Note => {
    const message =
      'is left out: one answer has no room for more, or no time; import it by its name';
    return { severity: 'warning', place: name, message };
  });
  const isRefused = refused.map(({ name, why }): Note => {
    return areNamed
      ? { severity: 'error', place: name, message: `cannot be imported: ${why}` }
      : { severity: 'warning', place: name, message: `is left out: ${why}` };
  });
  return [...isRefused, ...isOmitted];
}

function notesOn(described: DescribedContainer): Note[] {
  const { image, reason } = chosenImage(described);
  const place = described.config.container.name;
  const messages = [
    ...(reason === undefined ? [] : [`${reason}: the manifest names what runs, ${image}`]),
    ...described.unsayable.map((what) =>
      what.startsWith('restart policy')
        ? `${what}: ${RESTART_POLICY_CHANGES}`
        : `${what} ${UNSAYABLE}`,
    ),
    ...unnamedMounts(described).map((target) => `${target}: ${VOLUME_WITHOUT_NAME}`),
    ...inClear(described).map((what) => `${what} ${IN_CLEAR}`),
  ];
  return messages.map((message) => ({ severity: 'warning', place, message }));
}

/** What is no variable has no file that keeps it. */
function inClear({ config, healthCheck, inherited }: DescribedContainer): string[] {
  const { labels, logging } = config.container;
  const own = (field: InheritedField) => !inherited.includes(field);
  const program = [
    ...(own('entrypoint') ? config.container.entrypoint : []),
    ...(own('command') ? config.command : []),
  ];
  return [
    ...secretNames(labels).map((name) => `label ${name}`),
    ...(own('logging') ? secretNames(logging.options) : []).map((name) => `logging option ${name}`),
    ...(hasSecretWord(program) ? ['its command'] : []),
    ...(hasSecretWord(healthCheck?.command ?? []) ? ['its health check'] : []),
  ];
}

/** References to what is imported at the same time: nothing is known here of anything else. */
function dependencies(
  { containers: [container] }: Group,
  groups: readonly Group[],
  notes: Note[],
): string[] {
  const { compose, config } = container;
  return (compose?.dependsOn ?? []).flatMap(({ service, condition }) => {
    const warn = (message: string) =>
      notes.push({ severity: 'warning', place: config.container.name, message });
    const found = groups.filter(
      ({ containers: [first] }) =>
        first.compose?.project === compose?.project && first.compose?.service === service,
    );
    if (found.length === 0) warn(`depends on ${service}, which is not imported: that is left out`);
    if (condition !== 'service_started') {
      warn(`condition ${condition} of its dependency on ${service} ${UNSAYABLE}`);
    }
    return found.map(({ namespace, name }) => `${namespace}/${name}`);
  });
}

function toBeLabelled(host: string): Note {
  return {
    severity: 'warning',
    place: host,
    message: `has a manifest without the label ${LABEL}: write ${LABEL}: ${host} into its spec.labels, or no host is found`,
  };
}
