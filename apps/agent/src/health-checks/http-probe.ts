import { http } from '../http/node-http.js';
import { lookUpLoopback } from './local-address.js';
import { failure, SUCCESS, type Probe, type ProbeOutcome } from './probe.js';

/** More of a body than this is not read. */
const MAX_BODY_BYTES = 64 * 1024;

/**
 * `GET` of a path on this host, or at an address of it, over a new connection, so that a server that accepts no more
 * connections fails. A status from 200 to 399 is a success, as for Kubernetes' probes.
 */
export function httpProbe(port: number, path: string, address?: string): Probe {
  return (timeoutMs, signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const request = http.get({
        host: address ?? 'localhost',
        port,
        path: path.startsWith('/') ? path : `/${path}`,
        agent: false,
        ...(address === undefined ? { lookup: lookUpLoopback } : {}),
        headers: { 'user-agent': 'vigil-agent', connection: 'close' },
        signal,
      });
      // also ends an answer that begins and then never comes to its end
      const timer = setTimeout(() => {
        resolve(failure(`GET ${path} on port ${port}: no answer within ${timeoutMs} ms`));
        request.destroy();
      }, timeoutMs);
      request.once('close', () => clearTimeout(timer));
      request.once('response', (response) => {
        const status = response.statusCode ?? 0;
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > MAX_BODY_BYTES) response.destroy();
        });
        response.on('error', () => undefined);
        const isGood = status >= 200 && status < 400;
        resolve(isGood ? SUCCESS : failure(`GET ${path} on port ${port}: status ${status}`));
      });
      request.on('error', (error) => {
        resolve(failure(`GET ${path} on port ${port}: ${reasonOf(error)}`));
      });
    });
}

/** The first reason of an error that several addresses have contributed to. */
export function reasonOf(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  if (!(first instanceof Error)) return String(first);
  return first.message === '' ? first.name : first.message;
}
