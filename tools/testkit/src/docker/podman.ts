import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { temporaryDirectory } from '../run-directory.js';
import { ServerProcess } from '../server-process.js';
import { DockerByHand } from './docker-by-hand.js';
import { EngineApi } from './engine-api.js';
import { makeEngineNetwork } from './engine-network.js';
import { noteForTheEnd } from './note-for-the-end.js';
import { podmanPrograms } from './programs.js';

/** Podman behind its Docker-compatible API, with data and addresses of a test's own. */
export interface Podman {
  readonly socket: string;
  readonly docker: DockerByHand;
  /** Ends the service and every container. */
  stop(): Promise<void>;
}

/**
 * Starts `podman system service`. Containers have addresses that the host reaches; ports that they
 * publish are noted, and not forwarded: that would take rules in the machine's own tables.
 * @throws Error that says what to do, when this machine cannot run it
 */
export async function startPodman(): Promise<Podman> {
  const { podman, busybox, path } = podmanPrograms();
  const directory = temporaryDirectory('podman');
  const network = makeEngineNetwork(busybox, (made) => {
    noteForTheEnd(made, directory, busybox);
  });
  const networks = join(directory, 'networks');
  mkdirSync(networks);
  writeFileSync(join(networks, 'podman.conflist'), networkConfig(network.bridge, network.address));
  const config = join(directory, 'containers.conf');
  writeFileSync(config, containersConfig(networks));

  const socket = join(directory, 'podman.sock');
  const storage = [
    `--root=${join(directory, 'root')}`,
    `--runroot=${join(directory, 'run')}`,
    `--tmpdir=${join(directory, 'tmp')}`,
    '--storage-driver=vfs',
  ];
  const service = await ServerProcess.start({
    command: podman,
    args: [...storage, 'system', 'service', '--time=0', `unix://${socket}`],
    env: { PATH: path, HOME: directory, CONTAINERS_CONF: config },
    logFile: join(directory, 'podman.log'),
    isReady: () => true,
  });
  const api = new EngineApi(socket);
  await eventually(() => api.answers(), { withinMs: 30_000 });
  const docker = new DockerByHand(socket);
  return {
    socket,
    docker,
    stop: async () => {
      for (const { Id } of await docker.list()) await docker.remove(Id);
      await service.end('SIGTERM');
    },
  };
}

/** More files than this not every machine that runs tests allows. */
function containersConfig(networks: string): string {
  return `[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
[network]
network_backend = "cni"
network_config_dir = ${JSON.stringify(networks)}
`;
}

/** The network that Podman gives to every container: here the bridge of the test. */
function networkConfig(bridge: string, address: string): string {
  const subnet = `${address}/24`;
  const ranges = [[{ subnet: subnet.replace(/\.1\/24$/, '.0/24'), gateway: address }]];
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: 'podman',
    plugins: [
      { type: 'bridge', bridge, isGateway: false, ipam: { type: 'host-local', ranges } },
      { type: 'tuning' },
    ],
  });
}
