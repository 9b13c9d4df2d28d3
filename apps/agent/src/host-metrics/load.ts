import { noData, samples, type Collector } from './collector.js';

/** `load1`, `load5`, `load15`: processes that run or want to, on average over so many minutes. */
export function load(averages: () => readonly number[]): Collector {
  return {
    name: 'load',
    collect() {
      const [load1, load5, load15] = averages();
      if (load1 === undefined || load5 === undefined || load15 === undefined) {
        return noData('this system does not know its load');
      }
      return samples(
        { name: 'load1', value: load1 },
        { name: 'load5', value: load5 },
        { name: 'load15', value: load15 },
      );
    },
  };
}
