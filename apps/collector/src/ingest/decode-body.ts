import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { HttpProblem } from '@vigil/service';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable, Transform } from 'node:stream';

/** A body of lines, each of them JSON. */
export class NdjsonBody {
  constructor(readonly text: string) {}
}

const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * Takes compressed bodies and NDJSON on every route. The limit on the size of a body counts what
 * comes out of the decoder, so that a small bomb cannot fill the memory.
 */
export function acceptEncodedBodies(app: NestFastifyApplication, bodyLimit: number): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('preParsing', (request, _reply, payload, done) => {
      const encoding = encodingOf(request);
      const decoder = DECODERS[encoding];
      if (encoding === 'identity') done(null, payload);
      else if (decoder !== undefined) done(null, decoded(payload, decoder()));
      else done(unknownEncoding(encoding));
    });
  app.useBodyParser('application/json', { bodyLimit }, (_request, body: Buffer, done) => {
    parseInto(() => parseJsonBody(body.toString('utf8')), done);
  });
  for (const type of NDJSON_TYPES) {
    app.useBodyParser(type, { bodyLimit }, (_request, body: Buffer, done) => {
      parseInto(() => new NdjsonBody(body.toString('utf8')), done);
    });
  }
}

function parseInto(
  parse: () => unknown,
  done: (error: Error | null, body?: unknown) => void,
): void {
  let body: unknown;
  try {
    body = parse();
  } catch (error) {
    done(error instanceof Error ? error : new Error('the body cannot be read', { cause: error }));
    return;
  }
  done(null, body);
}

function unknownEncoding(encoding: string): HttpProblem {
  const detail = `found the encoding ${encoding}, expected gzip`;
  return new HttpProblem(415, { detail, headers: { 'accept-encoding': 'gzip, deflate, br' } });
}

/** @throws HttpProblem 400 that says where the text stops being JSON */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const detail = `the body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}`;
    throw new HttpProblem(400, { detail, errors: [{ path: 'body', message: detail }] });
  }
}

function encodingOf(request: FastifyRequest): string {
  const header = request.headers['content-encoding'];
  return header === undefined || header === '' ? 'identity' : header.trim().toLowerCase();
}

/** Fastify compares `receivedEncodedLength` with the Content-Length of what was sent. */
function decoded(
  payload: Readable,
  decoder: Transform,
): Readable & { receivedEncodedLength: number } {
  const stream = Object.assign(decoder, { receivedEncodedLength: 0 });
  payload.on('data', (chunk: Buffer) => {
    stream.receivedEncodedLength += chunk.length;
  });
  payload.on('error', (error) => stream.destroy(error));
  decoder.on('close', () => payload.unpipe(decoder));
  payload.pipe(stream);
  return stream;
}
