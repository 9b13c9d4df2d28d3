import { ManifestDetail, ROUTES } from '@vigil/contracts';
import { Host, parseResourceId, resourceIdParts } from '@vigil/manifests';
import type { Command } from 'commander';
import { colours } from '../output/colours.js';
import type { CommandRunner } from '../command-context.js';
import { CommandFailure, EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { age, coloured, short } from '../output/words.js';
import { resourceArgument } from './arguments.js';

export function addShow(program: Command, runner: CommandRunner): void {
  const command = program
    .command('show')
    .argument('<resource>', 'namespace/kind/name or namespace/name', resourceArgument)
    .description(
      'a resource and its replicas, with their processes or containers; a host and its labels',
    )
    .action((resource: string) =>
      runner.run(command, async ({ api, show, world }) => {
        const id = parseResourceId(resource);
        if (id === undefined) throw new CommandFailure(`${resource} is no resource`, EXIT.usage);
        const params = { ...resourceIdParts(id) };
        const detail = await api.call(ROUTES.getManifest, ManifestDetail, { params });
        show(detail, () => render(detail, world.now()));
        return EXIT.ok;
      }),
    );
}

function render(detail: ManifestDetail, nowMs: number): string {
  const { resource, sync, health, message, file, line, source } = detail;
  return [
    `${colours.bold(resource)} is ${coloured(sync)} and ${coloured(health)}${message === undefined ? '' : `: ${message}`}`,
    ...(file === undefined
      ? []
      : [`declared in ${file}:${short(line)} of source ${short(source)}`]),
    '',
    detail.kind === 'Host' ? labels(detail) : replicas(detail, nowMs),
  ].join('\n');
}

function labels({ manifest }: ManifestDetail): string {
  const host = Host.safeParse(manifest);
  const given = host.success ? Object.entries(host.data.spec.labels) : [];
  return renderTable(['LABEL', 'VALUE'], given);
}

function replicas(detail: ManifestDetail, nowMs: number): string {
  const inContainers = detail.replicas.some(({ container }) => container !== undefined);
  return renderTable(
    [
      ...['REPLICA', 'HOST', 'STATE', 'HEALTH', 'PID', 'PORTS', 'AGE'],
      ...(inContainers ? ['CONTAINER', 'IMAGE'] : []),
    ],
    detail.replicas.map((replica) => [
      String(replica.replica),
      replica.host,
      coloured(replica.state),
      replica.health,
      short(replica.pid),
      replica.ports.join(',') || '-',
      age(replica.startedAt, nowMs),
      ...(inContainers ? [replica.container?.name ?? '-', replica.container?.image ?? '-'] : []),
    ]),
  );
}
