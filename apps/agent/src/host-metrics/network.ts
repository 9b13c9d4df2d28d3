import { noData, samples, type Collector, type HostSample } from './collector.js';
import { CounterRate } from './counter-rate.js';
import type { HostReadings, InterfaceCounters } from './readings.js';

/** `network_*` of each interface: counters, and rates since the last collection. */
export function network(
  readings: Pick<HostReadings, 'interfaces'>,
  now: () => number = () => performance.now(),
): Collector {
  const rates = new CounterRate();
  return {
    name: 'network',
    async collect() {
      const interfaces = await readings.interfaces();
      const at = now();
      const values = interfaces.flatMap((counters) => ofInterface(counters, rates, at));
      rates.forgetOlderThan(at);
      return values.length === 0 ? noData('there is no network interface') : samples(...values);
    },
  };
}

function ofInterface(counters: InterfaceCounters, rates: CounterRate, at: number): HostSample[] {
  const labels = { interface: counters.interface };
  const { receivedBytes, sentBytes } = counters;
  const rate = (name: string, value: number, counter: string) => {
    const perSecond = rates.perSecond(`${counters.interface} ${counter}`, value, at);
    return perSecond === undefined ? [] : [{ name, value: perSecond, labels }];
  };
  return [
    { name: 'network_receive_bytes_total', value: receivedBytes, labels },
    { name: 'network_transmit_bytes_total', value: sentBytes, labels },
    { name: 'network_receive_errors_total', value: counters.receiveErrors, labels },
    { name: 'network_transmit_errors_total', value: counters.sendErrors, labels },
    { name: 'network_receive_dropped_total', value: counters.receiveDropped, labels },
    { name: 'network_transmit_dropped_total', value: counters.sendDropped, labels },
    ...rate('network_receive_bytes_per_second', receivedBytes, 'received'),
    ...rate('network_transmit_bytes_per_second', sentBytes, 'sent'),
  ];
}
