import type { ConfigDefinition } from '@vigil/service';
import { z } from 'zod';

const Port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().min(1).max(65_535));
const PORT_EXPECTED = 'a port from 1 to 65535';

/** What only `npm start` reads, beside what it passes on to the services. */
export const launcherConfig = {
  service: 'npm start',
  settings: {
    home: {
      env: 'VIGIL_HOME',
      schema: z.string(),
      expected: 'a folder',
      default: '.vigil',
      description: 'All state of this installation: data, keys, logs; in the checkout by default.',
    },
    postgresPort: {
      env: 'VIGIL_POSTGRES_PORT',
      schema: Port,
      expected: PORT_EXPECTED,
      optional: true,
      description:
        'Port of the embedded PostgreSQL; without it a free one, the same at each start.',
    },
    natsPort: {
      env: 'VIGIL_NATS_PORT',
      schema: Port,
      expected: PORT_EXPECTED,
      optional: true,
      description:
        'Port of the embedded nats-server; without it a free one, the same at each start.',
    },
  },
} as const satisfies ConfigDefinition;

/** Reads any port variable: the services' ports are checked before anything is started. */
export function parsePort(text: string): number | undefined {
  const port = Port.safeParse(text);
  return port.success ? port.data : undefined;
}
