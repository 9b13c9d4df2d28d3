import {
  AgentRecord,
  CreatedKey,
  EnrolmentToken,
  KeyRecord,
  pageOf,
  ROUTES,
} from '@vigil/contracts';
import type { Command } from 'commander';
import type { CommandRunner } from '../command-context.js';
import { EXIT } from '../exit-codes.js';
import { renderTable } from '../output/table.js';
import { age, coloured, short } from '../output/words.js';
import { allPages } from './all-pages.js';
import { wholeNumberArgument } from './arguments.js';

export function addKeys(program: Command, runner: CommandRunner): void {
  const keys = program.command('keys').description('API keys of people and programs');
  const list = keys
    .command('list', { isDefault: true })
    .description('all keys, newest first')
    .action(() =>
      runner.run(list, async ({ api, show, world }) => {
        const records = await allPages(api, ROUTES.listKeys, pageOf(KeyRecord));
        show(records, () =>
          renderTable(
            ['ID', 'NAME', 'ROLE', 'KEY', 'AGE', 'REVOKED'],
            records.map((key) => [
              key.id,
              key.name,
              key.role,
              `${key.prefix}…`,
              age(key.createdAt, world.now()),
              key.revokedAt ?? '-',
            ]),
          ),
        );
        return EXIT.ok;
      }),
    );
  const create = keys
    .command('create')
    .argument('<name>', 'whose it is, or what it is for')
    .requiredOption('--role <role>', 'admin, operator, read-only or ingest')
    .option('--ttl <seconds>', 'it expires after so many seconds', wholeNumberArgument)
    .description('make a key; it is shown once')
    .action((name: string, { role, ttl }: { role: string; ttl?: number }) =>
      runner.run(create, async ({ api, show }) => {
        const body = { name, role, ...(ttl === undefined ? {} : { ttlSeconds: ttl }) };
        const created = await api.call(ROUTES.createKey, CreatedKey, { body });
        show(created, () => created.key);
        return EXIT.ok;
      }),
    );
  const revoke = keys
    .command('revoke')
    .argument('<id>', 'id of the key')
    .description('make a key invalid')
    .action((id: string) =>
      runner.run(revoke, async ({ api, show }) => {
        await api.order(ROUTES.revokeKey, { params: { id } });
        show({ id, revoked: true }, () => `${id}: revoked.`);
        return EXIT.ok;
      }),
    );
}

export function addAgents(program: Command, runner: CommandRunner): void {
  const agents = program.command('agents').description('the fleet');
  const list = agents
    .command('list', { isDefault: true })
    .description('all agents, by host')
    .action(() =>
      runner.run(list, async ({ api, show, world }) => {
        const records = await allPages(api, ROUTES.listAgents, pageOf(AgentRecord));
        show(records, () =>
          renderTable(
            ['HOST', 'STATUS', 'VERSION', 'REPLICAS', 'SEEN', 'LABELS'],
            records.map((agent) => [
              agent.host,
              coloured(agent.status),
              agent.agentVersion ?? '-',
              short(agent.replicas),
              age(agent.lastSeenAt, world.now()),
              Object.entries(agent.labels)
                .map(([name, value]) => `${name}=${value}`)
                .join(',') || '-',
            ]),
          ),
        );
        return EXIT.ok;
      }),
    );
  const token = agents
    .command('token')
    .option('--host <name>', 'the only host that it enrols')
    .description('make a one-time token to enrol an agent with')
    .action(({ host }: { host?: string }) =>
      runner.run(token, async ({ api, show }) => {
        const body = host === undefined ? {} : { host };
        const made = await api.call(ROUTES.createEnrolmentToken, EnrolmentToken, { body });
        show(made, () => made.token);
        return EXIT.ok;
      }),
    );
  const remove = agents
    .command('remove')
    .argument('<host>', 'host name')
    .description('forget an agent: its key becomes invalid')
    .action((host: string) =>
      runner.run(remove, async ({ api, show }) => {
        await api.order(ROUTES.removeAgent, { params: { id: host } });
        show({ host, removed: true }, () => `${host}: removed.`);
        return EXIT.ok;
      }),
    );
}
