import {
  AgentRecord,
  HealthView,
  ManifestView,
  pageOf,
  ROUTES,
  SourceView,
  SystemView,
} from '@vigil/contracts';
import type { Command } from 'commander';
import { colours } from '../output/colours.js';
import type { CommandContext, CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { manifestError } from '../output/manifest-error.js';
import { age, clip, coloured, short } from '../output/words.js';
import { allPages } from './all-pages.js';

interface Status {
  health: HealthView;
  system: SystemView;
  agents: AgentRecord[];
  sources: SourceView[];
  resources: ManifestView[];
  /** Those that Git declares. */
  hosts: ManifestView[];
}

export function addStatus(program: Command, runner: CommandRunner): void {
  const command = program
    .command('status')
    .description('what runs, and whether it is what Git declares')
    .option('--check', 'exit 1 unless everything is ok, Synced and Healthy')
    .action((options: { check?: boolean }) =>
      runner.run(command, async (context) => {
        const status = await readStatus(context);
        context.show(status, () => render(status, context.world.now()));
        return options.check === true && !isInOrder(status) ? EXIT.negative : EXIT.ok;
      }),
    );
}

async function readStatus({ api }: CommandContext): Promise<Status> {
  const [health, system, agents, sources, resources, hosts] = await Promise.all([
    api.call(ROUTES.health, HealthView, {}, { alsoAccept: [503] }),
    api.call(ROUTES.getSystem, SystemView),
    allPages(api, ROUTES.listAgents, pageOf(AgentRecord)),
    allPages(api, ROUTES.listSources, pageOf(SourceView)),
    allPages(api, ROUTES.listManifests, pageOf(ManifestView), { kind: 'Service' }),
    allPages(api, ROUTES.listManifests, pageOf(ManifestView), { kind: 'Host' }),
  ]);
  return { health, system, agents, sources, resources, hosts };
}

function isInOrder({ health, resources, sources }: Status): boolean {
  return (
    health.status === 'ok' &&
    sources.every(({ errors }) => errors.length === 0) &&
    resources.every(({ sync, health: own }) => sync === 'Synced' && own === 'Healthy')
  );
}

function render(status: Status, nowMs: number): string {
  const { health, system } = status;
  const stopped =
    system.stopped === null
      ? []
      : [colours.red(`STOPPED by ${system.stopped.actor}: ${system.stopped.reason}`), ''];
  const unknown = system.controlsKnown
    ? []
    : [
        colours.red(
          'It is not known what people have stopped: nothing acts until that is restored',
        ),
        '',
      ];
  return [
    `Vigil ${health.version} is ${coloured(health.status)}`,
    ...stopped,
    ...unknown,
    components(health),
    '',
    renderTable(
      ['SOURCE', 'KIND', 'STATUS', 'REVISION', 'SYNCED', 'MESSAGE'],
      status.sources.map((source) => [
        source.name,
        source.kind,
        source.suspended === null ? coloured(source.status) : coloured('Suspended'),
        (source.revision ?? '-').slice(0, 12),
        age(source.lastSuccessAt, nowMs),
        clip(explanation(source), 80),
      ]),
    ),
    '',
    renderTable(
      ['RESOURCE', 'SYNC', 'HEALTH', 'READY', 'MESSAGE'],
      status.resources.map((resource) => [
        resource.resource,
        coloured(resource.sync),
        coloured(resource.health),
        `${short(resource.readyReplicas)}/${short(resource.desiredReplicas)}`,
        clip(resource.message ?? '', 80),
      ]),
    ),
    '',
    renderTable(
      ['HOST', 'AGENT', 'REPLICAS', 'SEEN', 'LABELS'],
      [
        ...status.agents.map((agent) => [
          agent.host,
          coloured(agent.status),
          short(agent.replicas),
          age(agent.lastSeenAt, nowMs),
          clip(labelsText(agent.labels), 60),
        ]),
        ...withoutAgent(status).map((name) => [name, coloured('Missing'), '-', '-', '']),
      ],
    ),
  ].join('\n');
}

/** Hosts that Git declares, and that no agent was enrolled for. */
function withoutAgent({ hosts, agents }: Status): string[] {
  const enrolled = new Set(agents.map(({ host }) => host));
  return hosts.map(({ name }) => name).filter((name) => !enrolled.has(name));
}

function labelsText(labels: AgentRecord['labels']): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** What a source says now; why its newest revision was rejected only while that is what it says. */
function explanation({ status, message = '', errors: [error] }: SourceView): string {
  return status === 'Rejected' && error !== undefined ? manifestError(error) : message;
}

function components(health: HealthView): string {
  return renderTable(
    ['COMPONENT', 'STATUS', 'LATENCY', 'DETAIL'],
    Object.entries(health.components).map(([name, { status, latencyMs, detail }]) => [
      name,
      coloured(status),
      latencyMs === undefined ? '-' : `${latencyMs.toFixed(1)}ms`,
      clip(detail ?? '', 80),
    ]),
  );
}
