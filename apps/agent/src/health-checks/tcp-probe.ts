import { connect } from 'node:net';
import { reasonOf } from './http-probe.js';
import { lookUpLoopback } from './local-address.js';
import { failure, SUCCESS, type Probe, type ProbeOutcome } from './probe.js';

/** A success is a connection that is accepted, on this host or at an address of it. */
export function tcpProbe(port: number, address?: string): Probe {
  return (timeoutMs, signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const socket = connect({
        port,
        ...(address === undefined
          ? { host: 'localhost', lookup: lookUpLoopback, autoSelectFamily: true }
          : { host: address }),
      });
      const end = (outcome: ProbeOutcome) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        socket.destroy();
        resolve(outcome);
      };
      const abort = () => end(failure('aborted'));
      const timer = setTimeout(
        () => end(failure(`port ${port}: no connection within ${timeoutMs} ms`)),
        timeoutMs,
      );
      signal.addEventListener('abort', abort);
      socket.once('connect', () => end(SUCCESS));
      socket.on('error', (error) => end(failure(`port ${port}: ${reasonOf(error)}`)));
    });
}
