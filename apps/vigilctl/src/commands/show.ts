import { ManifestDetail, ROUTES } from '@vigil/contracts';
import { parseResourceId, resourceIdParts } from '@vigil/manifests';
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
    .description('a resource and its replicas, with their processes and ports')
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
    renderTable(
      ['REPLICA', 'HOST', 'STATE', 'HEALTH', 'PID', 'PORTS', 'AGE'],
      detail.replicas.map((replica) => [
        String(replica.replica),
        replica.host,
        coloured(replica.state),
        replica.health,
        short(replica.pid),
        replica.ports.join(',') || '-',
        age(replica.startedAt, nowMs),
      ]),
    ),
  ].join('\n');
}
