import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually } from '../eventually.js';
import { temporaryDirectory } from '../run-directory.js';
import { ServerProcess } from '../server-process.js';
import { DockerByHand } from './docker-by-hand.js';
import { EngineApi } from './engine-api.js';
import { makeEngineNetwork, type EngineNetwork } from './engine-network.js';
import { noteForTheEnd } from './note-for-the-end.js';
import { enginePrograms, type EnginePrograms } from './programs.js';

export interface DockerEngineOptions {
  /** Containers go on while dockerd is away; without it an orderly stop ends them. Default false. */
  readonly liveRestore?: boolean;
}

/**
 * A Docker Engine of a test's own: its own containerd, data, bridge and addresses, so that neither the
 * machine's engine nor another test's notices. Published ports are reached on 127.0.0.1; containers do
 * not reach the internet. Data and socket stay the same over restarts.
 */
export interface DockerEngine {
  readonly socket: string;
  readonly docker: DockerByHand;
  /** Starts it again, after an orderly stop when it still runs. */
  restart(): Promise<void>;
  /** As `systemctl stop docker` and the shutdown of a host do. */
  stop(): Promise<void>;
  /** Ends dockerd at once, as a crash does: containers go on. */
  kill(): Promise<void>;
  /** Lets dockerd stand still for so long: containers and the ports that they publish go on. */
  freeze(holdMs: number): Promise<void>;
}

/**
 * Starts a real engine, in about half a second. Whatever is left of it ends with the run.
 * @throws Error that says what to do, when this machine cannot run one
 */
export async function startDockerEngine(options: DockerEngineOptions = {}): Promise<DockerEngine> {
  const programs = enginePrograms();
  const directory = temporaryDirectory('docker');
  const network = makeEngineNetwork(programs.busybox, (made) => {
    noteForTheEnd(made, directory, programs.busybox);
  });
  const socket = join(directory, 'docker.sock');
  const containerdSocket = join(directory, 'containerd.sock');
  writeFileSync(join(directory, 'containerd.toml'), containerdConfig(directory, containerdSocket));
  writeFileSync(join(directory, 'daemon.json'), '{}');

  const startContainerd = (): Promise<ServerProcess> =>
    ServerProcess.start({
      command: programs.containerd,
      args: ['--config', join(directory, 'containerd.toml')],
      env: { PATH: programs.path },
      logFile: join(directory, 'containerd.log'),
      isReady: () => existsSync(containerdSocket),
    });
  const startDockerd = async (): Promise<ServerProcess> => {
    const daemon = await ServerProcess.start({
      command: programs.dockerd,
      args: dockerdArguments({ directory, socket, containerdSocket, network, ...options }),
      env: engineEnvironment(programs),
      logFile: join(directory, 'dockerd.log'),
      isReady: () => existsSync(socket),
    });
    const api = new EngineApi(socket);
    // containers that a crash has left are stopped before the engine answers
    await eventually(() => api.answers(), { withinMs: 30_000 }).catch((failure: unknown) => {
      const log = readFileSync(join(directory, 'dockerd.log'), 'utf8');
      throw new Error(`dockerd does not answer:\n${log}`, { cause: failure });
    });
    return daemon;
  };

  let containerd = await startContainerd();
  let dockerd = await startDockerd();
  const stop = async (): Promise<void> => {
    await dockerd.end('SIGTERM');
    await containerd.end('SIGTERM');
  };
  return {
    socket,
    docker: new DockerByHand(socket),
    restart: async () => {
      await dockerd.end('SIGTERM');
      if (containerd.pid === undefined) containerd = await startContainerd();
      dockerd = await startDockerd();
    },
    stop,
    kill: () => dockerd.end('SIGKILL'),
    freeze: (holdMs) => dockerd.freeze(holdMs),
  };
}

function containerdConfig(directory: string, socket: string): string {
  const disabled = ['grpc.v1.cri', ...['aufs', 'btrfs', 'devmapper', 'zfs'].map(snapshotter)];
  return `version = 2
root = ${JSON.stringify(join(directory, 'containerd'))}
state = ${JSON.stringify(join(directory, 'containerd-state'))}
disabled_plugins = ${JSON.stringify(disabled.map((name) => `io.containerd.${name}`))}
[grpc]
address = ${JSON.stringify(socket)}
`;
}

function snapshotter(name: string): string {
  return `snapshotter.v1.${name}`;
}

interface DaemonSettings extends DockerEngineOptions {
  readonly directory: string;
  readonly socket: string;
  readonly containerdSocket: string;
  readonly network: EngineNetwork;
}

/**
 * The chains of iptables belong to all engines of a machine, and each flushes them when it starts: ours
 * leaves them alone, and its proxy alone carries published ports.
 */
function dockerdArguments(settings: DaemonSettings): string[] {
  const { directory, socket, containerdSocket, network, liveRestore = false } = settings;
  return [
    `--config-file=${join(directory, 'daemon.json')}`,
    `--data-root=${join(directory, 'data')}`,
    `--exec-root=${join(directory, 'exec')}`,
    `--pidfile=${join(directory, 'dockerd.pid')}`,
    `--host=unix://${socket}`,
    `--containerd=${containerdSocket}`,
    `--bridge=${network.bridge}`,
    `--default-address-pool=${network.addressPool}`,
    `--cgroup-parent=${network.bridge}`,
    `--live-restore=${String(liveRestore)}`,
    '--group=root',
    '--iptables=false',
    '--ip6tables=false',
    '--ip-forward=false',
    '--ip-masq=false',
    '--userland-proxy=true',
  ];
}

/** A proxy of this machine would be asked for the images of a registry on 127.0.0.1. */
function engineEnvironment({ path }: EnginePrograms): NodeJS.ProcessEnv {
  return { PATH: path, NO_PROXY: '127.0.0.0/8,localhost' };
}
