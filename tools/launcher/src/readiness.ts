import { get } from 'node:http';
import { connect } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

const ATTEMPT_TIMEOUT_MS = 1_000;
/** Longer than the 2 s that a service gives each of its checks. */
const HEALTH_TIMEOUT_MS = 5_000;

/** True when the URL answers with a status of 200. */
export function answersOk(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: ATTEMPT_TIMEOUT_MS, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => {
      resolve(false);
    });
  });
}

const Health = z.object({
  components: z.record(z.string(), z.object({ status: z.string(), detail: z.string().optional() })),
});

/** What `GET /health` of a service says about the parts that are not well, on one line. */
export function describeHealth(url: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { timeout: HEALTH_TIMEOUT_MS, agent: false };
    const request = get(url, options, (response) => {
      void json(response)
        .then(describeReport)
        .catch(() => undefined)
        .then((found) => {
          resolve(found ?? `GET /health answers ${response.statusCode ?? 0} and no report`);
        });
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', (error) => {
      resolve(`GET /health: ${error.message}`);
    });
  });
}

function describeReport(body: unknown): string | undefined {
  const report = Health.safeParse(body);
  if (!report.success) return undefined;
  const unwell = Object.entries(report.data.components).filter(([, { status }]) => status !== 'ok');
  if (unwell.length === 0) return 'GET /health says that everything is well';
  return unwell
    .map(
      ([name, { status, detail }]) =>
        `${name} is ${status}${detail === undefined ? '' : `: ${detail}`}`,
    )
    .join('; ');
}

/** True when a server accepts a connection and greets: nats-server speaks first. */
export function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: ATTEMPT_TIMEOUT_MS });
    const answer = (good: boolean): void => {
      socket.destroy();
      resolve(good);
    };
    socket.once('data', () => {
      answer(true);
    });
    socket.once('timeout', () => {
      answer(false);
    });
    socket.once('error', () => {
      answer(false);
    });
    socket.once('close', () => {
      resolve(false);
    });
  });
}
