import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Guard } from './guard.js';

const isInstalled = (command: string) =>
  spawnSync(command, ['--version'], { stdio: 'ignore' }).error === undefined;

/** supervisord with its defaults; undefined when it is not installed. It has no health checks. */
export function startSupervisord(
  directory: string,
  service: string,
  port: number,
): Guard | undefined {
  if (!isInstalled('supervisord')) return undefined;
  const home = join(directory, 'supervisord');
  mkdirSync(home);
  const config = join(home, 'supervisord.conf');
  writeFileSync(
    config,
    `[supervisord]
logfile=${home}/supervisord.log
pidfile=${home}/supervisord.pid
childlogdir=${home}
[program:bench]
command=${service} ${String(port)}
autorestart=true
`,
  );
  const daemon = spawn('supervisord', ['--nodaemon', '--configuration', config], {
    stdio: 'ignore',
  });
  return {
    name: 'supervisord',
    settings: 'autorestart=true',
    port,
    settleMs: 2_000,
    phaseMs: 1_000,
    noticesHangs: false,
    stop: () => end(daemon),
  };
}

/** monit at its shortest cycle, 1 s; undefined when it is not installed. */
export function startMonit(directory: string, service: string, port: number): Guard | undefined {
  if (!isInstalled('monit')) return undefined;
  const home = join(directory, 'monit');
  mkdirSync(home);
  const pidFile = join(home, 'bench.pid');
  const start = join(home, 'start.sh');
  writeFileSync(
    start,
    `#!/bin/sh
setsid ${service} ${String(port)} </dev/null >/dev/null 2>&1 &
echo $! > ${pidFile}
`,
  );
  chmodSync(start, 0o755);
  const config = join(home, 'monitrc');
  // a stopped process does not act on SIGTERM, so the stop program kills
  writeFileSync(
    config,
    `set daemon 1
set pidfile ${home}/monit.pid
set idfile ${home}/monit.id
set statefile ${home}/monit.state
set log ${home}/monit.log
check process bench with pidfile ${pidFile}
  start program = "${start}" with timeout 2 seconds
  stop program = "/bin/sh -c 'kill -9 \`cat ${pidFile}\`'"
  if failed host 127.0.0.1 port ${String(port)} protocol http request "/health" with timeout 2 seconds then restart
`,
  );
  chmodSync(config, 0o600);
  const daemon = spawn('monit', ['-I', '-c', config], { stdio: 'ignore' });
  return {
    name: 'monit',
    settings: 'cycle 1 s, time-out 2 s, one failure',
    port,
    // it makes no connection test within the start program's time-out after a start
    settleMs: 5_000,
    phaseMs: 1_000,
    noticesHangs: true,
    stop: async () => {
      await end(daemon);
      spawnSync('/bin/sh', ['-c', `kill -9 \`cat ${pidFile}\``], { stdio: 'ignore' });
    },
  };
}

async function end(daemon: ChildProcess): Promise<void> {
  if (daemon.exitCode !== null) return;
  const exited = once(daemon, 'exit');
  daemon.kill('SIGTERM');
  await exited;
}
