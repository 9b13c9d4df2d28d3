import type { NestFastifyApplication } from '@nestjs/platform-fastify';

/** A push of thousands of commits; forges cut longer lists off. */
export const WEBHOOK_BYTES = 1024 ** 2;

/** A signature is about the bytes that were sent: they are not read before it was checked. */
export function acceptRawBodies(app: NestFastifyApplication): void {
  for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
    app.useBodyParser(type, { bodyLimit: WEBHOOK_BYTES }, (_request, body: Buffer, done) => {
      done(null, body);
    });
  }
}
