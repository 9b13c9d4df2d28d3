import { startGitDaemon, freePort, temporaryDirectory } from '@vigil/testkit';
import { GitRepository, World } from '@vigil/e2e';
import { parseManifests } from '@vigil/manifests';
import { createHash, createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { whoAnswers, writeService } from './heal/service.js';
import { statistics } from './heal/statistics.js';
import { machine } from './machine.js';
import { z } from 'zod';

/**
 * From Git to the host: a push whose forge tells of it → the service runs as it says; one changed file in
 * a repository of 10,000 → fetched and judged; 5,000 manifests → validated. Prints JSON lines.
 *
 *   npm run bench -- gitops [repetitions, default 20]
 */
const repetitions = Number(process.argv[2] ?? 20);
const FILES = 10_000;
const MANIFESTS = 5_000;
const SECRET = 'bench';
const NEVER_MS = 30_000;

print(machine());
await measurePushes();
measureValidation();

async function measurePushes(): Promise<void> {
  const repository = GitRepository.create(temporaryDirectory('git'));
  const service = writeService(temporaryDirectory('service'));
  const port = await freePort();
  const manifest = (version: number): string => `apiVersion: vigil.io/v1
kind: Service
metadata: { name: bench, namespace: bench }
spec:
  runtime: process
  command: [${JSON.stringify(service.path)}]
  env: { VERSION: "${String(version)}" }
  ports: ["${String(port)}:80"]
  stopGracePeriod: 1s
  healthCheck: { endpoint: /health, port: 80, interval: 1s, timeout: 500ms }
  remediation: { stableAfter: 500ms }
`;
  repository.commit({ ...manyFiles(), 'bench.yaml': manifest(0) }, 'Begin');
  const server = await startGitDaemon(dirname(repository.bare));
  const secret = join(temporaryDirectory('secret'), 'secret');
  writeFileSync(secret, SECRET);
  const source = `apiVersion: vigil.io/v1
kind: Source
metadata: { name: bench }
spec:
  url: ${server.urlOf(basename(repository.bare))}
  interval: 1h
  webhook: { secret: { secretRef: { file: ${secret} } } }
`;
  const world = await World.start({ manifests: { 'source.yaml': source } });
  try {
    let before = await nextLaunch(port);
    const pushes: number[] = [];
    const syncs: number[] = [];
    for (let n = 1; n <= repetitions; n += 1) {
      repository.commit({ 'bench.yaml': manifest(n) }, `Change ${String(n)}`);
      const pushedAt = performance.now();
      await deliver(world);
      before = await nextLaunch(port, before);
      pushes.push((performance.now() - pushedAt) / 1000);
      await settled(world);
      repository.commit({ 'notes-1.txt': `changed ${String(n)}\n` }, `Note ${String(n)}`);
      const askedAt = performance.now();
      await world.api.post('/sources/bench/sync', {});
      syncs.push((performance.now() - askedAt) / 1000);
    }
    print({ what: 'push with webhook → another launch answers', ...statistics(pushes) });
    print({
      what: `one changed file of ${String(FILES)} → fetched and judged`,
      ...statistics(syncs),
    });
  } finally {
    await world.stop();
    await server.stop();
  }
}

function manyFiles(): Record<string, string> {
  const files: Record<string, string> = {};
  for (let n = 1; n < FILES; n += 1) files[`notes-${String(n)}.txt`] = `note ${String(n)}\n`;
  return files;
}

async function deliver(world: World): Promise<void> {
  const body = '{"ref":"refs/heads/main"}';
  const port = world.settings['VIGIL_GITOPSD_PORT'] ?? '';
  const response = await fetch(`http://127.0.0.1:${port}/webhooks/generic/bench`, {
    method: 'POST',
    body,
    headers: {
      'content-type': 'application/json',
      'x-signature': `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`,
    },
  });
  if (response.status !== 202) throw new Error(`the webhook answered ${await response.text()}`);
}

/** A change that comes while the last one is still being verified would wait for its end. */
async function settled(world: World): Promise<void> {
  await world.until(
    '/manifests/bench/Service/bench',
    z.object({ sync: z.string(), health: z.string() }),
    ({ sync, health }) => sync === 'Synced' && health === 'Healthy',
  );
}

/** The pid that answers, once it is another one. */
async function nextLaunch(port: number, before?: number): Promise<number> {
  const deadline = performance.now() + NEVER_MS;
  while (performance.now() < deadline) {
    const pid = await whoAnswers(port);
    if (pid !== undefined && pid !== before) return pid;
  }
  throw new Error('no other launch answers');
}

function measureValidation(): void {
  const files = Array.from({ length: MANIFESTS }, (_, n) => ({
    path: `${String(n)}.yaml`,
    text: `apiVersion: vigil.io/v1
kind: Service
metadata: { name: web-${String(n)}, namespace: bench, labels: { tier: web } }
spec:
  image: nginx:1.27
  replicas: 2
  env: { MODE: live, NUMBER: "${String(n)}" }
  ports: ["80"]
  resources: { cpu: 500m, memory: 1Gi }
  healthCheck: { endpoint: /health, port: 80, interval: 30s }
`,
  }));
  const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
  const seconds: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const startedAt = performance.now();
    const result = parseManifests(files, { sha256 });
    if (!result.ok) throw new Error('the manifests are not valid');
    seconds.push((performance.now() - startedAt) / 1000);
  }
  print({ what: `${String(MANIFESTS)} manifests → validated`, ...statistics(seconds) });
}

function print(result: unknown): void {
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
