import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AccessControl, accessRules, guardRoutes } from '@vigil/auth';
import { ROUTES } from '@vigil/contracts';
import { Database } from '@vigil/storage';
import { acceptWebSockets, mountChannel } from './channel/mount-channel.js';
import { acceptEncodedBodies } from './ingest/decode-body.js';

/** How long the start waits for PostgreSQL; without it the collector starts degraded. */
const DATABASE_WAIT_MS = 3_000;

/** Pages that a person opens in a browser, which then asks for the key. */
const BROWSER_ROUTES = new Set([ROUTES.apiPage, ROUTES.apiDocument]);

/** What the HTTP server of the collector has beyond its controllers. */
export async function configureHttp(app: NestFastifyApplication): Promise<void> {
  const fastify = app.getHttpAdapter().getInstance();
  await acceptWebSockets(app);
  guardRoutes(fastify, app.get(AccessControl), accessRules(Object.values(ROUTES), BROWSER_ROUTES));
  acceptEncodedBodies(app, ROUTES.ingest.path);
  mountChannel(app);
  await app.get(Database).untilUp(AbortSignal.timeout(DATABASE_WAIT_MS));
}
