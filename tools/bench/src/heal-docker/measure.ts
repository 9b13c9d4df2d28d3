import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { statistics } from '../heal/statistics.js';
import { medianTrace, type Trace } from '../heal/trace.js';
import type { ContainerFault, ContainerGuard, Place } from './guard.js';

/** A fault that is not repaired by then never is, milliseconds. */
const NEVER_MS = 60_000;
const ANSWER_WITHIN_MS = 300;
/** Before each fault, so that no repair counts as a recurrence of the last, milliseconds. */
const SETTLE_MS = 2_500;
/** The engine doubles its delay for a container that ran for less than 10 s, whoever started it. */
const SETTLE_OF_RESTARTS_MS = 11_000;
/** A fault may come at any moment of the guard's cycle. */
const PHASE_MS = 1_000;

/** How long the engine itself needs from `docker run` to the first answer: what no guard can undercut. */
export async function floorOfEngine(place: Place): Promise<object> {
  const { docker } = place.engine;
  const seconds: number[] = [];
  for (let n = 0; n < place.repetitions; n += 1) {
    const startedAt = performance.now();
    const container = await docker.run({ image: place.image, ports: { [place.port]: 80 } });
    await launchAnswering(place.port);
    seconds.push((performance.now() - startedAt) / 1000);
    await docker.remove(container);
  }
  return { what: 'create, start and first answer, by the engine alone', ...statistics(seconds) };
}

/** Every fault that the guard notices, as often as was asked for. */
export async function* measureFaults(guard: ContainerGuard, place: Place): AsyncGenerator<object> {
  try {
    for (const fault of guard.faults) {
      const healings: Healing[] = [];
      let never = 0;
      for (let n = 0; n < place.repetitions; n += 1) {
        const healing = await healOnce(guard, place, fault);
        if (healing === undefined) never += 1;
        else healings.push(healing);
      }
      yield {
        what: 'heal',
        guard: guard.name,
        settings: guard.settings,
        fault,
        never,
        ...statistics(healings.map(({ seconds }) => seconds)),
        trace_p50_ms: medianTrace(healings.map(({ trace }) => trace)),
      };
    }
  } finally {
    await guard.stop();
  }
}

interface Healing {
  /** From the fault until another launch answers. */
  readonly seconds: number;
  readonly trace: Trace;
}

/** Undefined when no other launch ever answers. */
async function healOnce(
  guard: ContainerGuard,
  { engine, port }: Place,
  fault: ContainerFault,
): Promise<Healing | undefined> {
  const settleMs = fault === 'main-process' ? SETTLE_OF_RESTARTS_MS : SETTLE_MS;
  await pause(settleMs + Math.random() * PHASE_MS);
  const before = await launchAnswering(port);
  if (before === undefined) throw new Error(`${guard.name}: the container does not answer`);
  const container = await guard.container();
  const { State } = await engine.docker.inspect(container);
  const [faultAt, startedAt] = [Date.now(), performance.now()];
  const offset = () => performance.now() - startedAt;
  let removedMs: number | undefined;
  if (fault === 'removed') {
    await engine.docker.remove(container);
    removedMs = offset();
  } else process.kill(State.Pid, fault === 'hung' ? 'SIGSTOP' : 'SIGKILL');
  const after = await launchAnswering(port, before);
  if (after === undefined) return undefined;
  const seconds = offset() / 1000;
  const trace = (await guard.trace?.(fault, faultAt)) ?? {};
  return {
    seconds,
    trace: removedMs === undefined ? trace : { ...trace, 'docker rm -f has returned': removedMs },
  };
}

/** What tells the launch that answers from every other; undefined when none does in time. */
export async function launchAnswering(port: number, not?: string): Promise<string | undefined> {
  const deadline = performance.now() + NEVER_MS;
  while (performance.now() < deadline) {
    const launch = await ask(port);
    if (launch !== undefined && launch !== not) return launch;
    await pause(2);
  }
  return undefined;
}

/** With a connection of its own: a pool would wait for one that the fault has left half open. */
function ask(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const call = get({ host: '127.0.0.1', port, path: '/', agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(response.statusCode === 200 ? text.trim() : undefined));
      response.on('error', () => resolve(undefined));
    });
    call.setTimeout(ANSWER_WITHIN_MS, () => call.destroy());
    call.on('error', () => resolve(undefined));
  });
}
