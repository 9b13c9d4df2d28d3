import { connect } from 'node:net';
import { reasonOf } from './http-probe.js';
import { lookUpLoopback } from './local-address.js';
import { failure, SUCCESS, type Probe, type ProbeOutcome } from './probe.js';

/** A success is an accepted connection. */
export function tcpProbe(port: number): Probe {
  return (timeoutMs, signal) =>
    new Promise<ProbeOutcome>((resolve) => {
      const socket = connect({
        host: 'localhost',
        port,
        lookup: lookUpLoopback,
        autoSelectFamily: true,
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
