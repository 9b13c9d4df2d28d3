import { spawn } from 'node:child_process';
import type { LaunchPlan } from '../runtime/process/launch-process.js';
import { signalGroup } from '../runtime/process/signal-group.js';
import { failure, SUCCESS, type Probe, type ProbeOutcome } from './probe.js';

/** As much of the output as helps people. */
const MAX_OUTPUT = 512;

/** NUL, escape sequences and line ends: not for a message of one line, nor for every store. */
const CONTROL_CHARACTERS = /\p{Cc}+/gu;

/** A command in the environment of the replica; exit code 0 is a success. */
export function execProbe(
  command: readonly string[],
  surroundings: () => Promise<LaunchPlan | undefined>,
): Probe {
  return async (timeoutMs, signal) => {
    const plan = await surroundings();
    if (plan === undefined) return failure('the environment of the check could not be prepared');
    return run(command, plan, timeoutMs, signal);
  };
}

function run(
  command: readonly string[],
  plan: LaunchPlan,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ProbeOutcome> {
  return new Promise((resolve) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, {
      cwd: plan.cwd,
      env: plan.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(plan.ids ?? {}),
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      if (output.length < MAX_OUTPUT) output += chunk.toString('utf8');
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    const end = (outcome: ProbeOutcome) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      // the check may have left children behind that hold its output open
      if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
      child.stdout.destroy();
      child.stderr.destroy();
      resolve(outcome);
    };
    const abort = () => end(failure('aborted'));
    const timer = setTimeout(
      () => end(failure(`${program}: not finished within ${timeoutMs} ms`)),
      timeoutMs,
    );
    signal.addEventListener('abort', abort);
    child.once('error', (error) => end(failure(`${program}: ${error.message}`)));
    child.once('exit', (code, killedBy) => {
      if (code === 0) return end(SUCCESS);
      const how = code === null ? `killed by ${String(killedBy)}` : `exit code ${code}`;
      const said = output.replace(CONTROL_CHARACTERS, ' ').trim().slice(0, MAX_OUTPUT);
      end(failure(`${program}: ${how}${said === '' ? '' : `: ${said}`}`));
    });
  });
}
