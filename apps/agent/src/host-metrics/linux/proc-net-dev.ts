import type { InterfaceCounters } from '../readings.js';

/** One end of a container's link comes and goes with it, and says nothing about the host. */
const IGNORED = /^(lo|veth.*)$/;

/** The text of `/proc/net/dev` (proc_pid_net(5)). */
export function parseNetDev(text: string): InterfaceCounters[] {
  return text.split('\n').flatMap((line) => {
    const colon = line.lastIndexOf(':');
    const name = line.slice(0, colon).trim();
    if (colon === -1 || IGNORED.test(name)) return [];
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const number = (index: number) => fields[index] ?? 0;
    return [
      {
        interface: name,
        receivedBytes: number(0),
        receiveErrors: number(2),
        receiveDropped: number(3),
        sentBytes: number(8),
        sendErrors: number(10),
        sendDropped: number(11),
      },
    ];
  });
}
