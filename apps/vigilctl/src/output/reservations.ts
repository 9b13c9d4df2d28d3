import type { SwitchOutcome } from '@vigil/contracts';

/** What is missing to a switch that holds everywhere and for good. */
export function reservations({ inForce, durable }: SwitchOutcome): string[] {
  return [
    ...(inForce
      ? []
      : [
          'NATS is away: only agents at this collector know; everybody else does when NATS is back.',
        ]),
    ...(durable
      ? []
      : ['PostgreSQL is away: until it is back, a NATS that loses its data forgets this.']),
  ];
}
