import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { INGEST_LIMITS } from '@vigil/contracts';
import { HttpProblem } from '@vigil/service';
import { placeOfJsonError, type JsonErrorPlace } from '../http/json-error.js';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Readable, Transform } from 'node:stream';

/** The largest body of a route that takes no batches, bytes; some of them need no key. */
export const BODY_BYTES = 64 * 1024;

/** A body of lines, each of them JSON. */
export class NdjsonBody {
  constructor(readonly text: string) {}
}

const NDJSON_TYPES = ['application/x-ndjson', 'application/ndjson', 'application/jsonl'];

/** In a longer text the place of an error is not looked for: it would hold up everybody else. */
const MAX_SEARCHED = 1024 * 1024;

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  deflate: () => createInflate(),
  br: () => createBrotliDecompress(),
};

/**
 * Takes compressed bodies and NDJSON on every route. The limit on the size of a body counts what
 * comes out of the decoder, so that a small bomb cannot fill the memory. Call it before routes are
 * registered: only those of `ingestPath` take bodies as large as a batch.
 */
export function acceptEncodedBodies(app: NestFastifyApplication, ingestPath: string): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', (route) => {
      if (route.url === ingestPath) route.bodyLimit = INGEST_LIMITS.bodyBytes;
    })
    .addHook('preParsing', (request, _reply, payload, done) => {
      const encoding = encodingOf(request);
      const decoder = DECODERS[encoding];
      if (encoding === 'identity') done(null, payload);
      else if (decoder !== undefined) done(null, decoded(payload, decoder()));
      else done(unknownEncoding(encoding));
    });
  app.useBodyParser(
    'application/json',
    { bodyLimit: BODY_BYTES },
    (_request, body: Buffer, done) => {
      parseInto(() => parseJsonBody(body.toString('utf8')), done);
    },
  );
  for (const type of NDJSON_TYPES) {
    app.useBodyParser(type, { bodyLimit: BODY_BYTES }, (_request, body: Buffer, done) => {
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
    const message =
      text.length > MAX_SEARCHED ? 'expected JSON' : messageOf(placeOfJsonError(text));
    const errors = [{ path: 'body', message }];
    throw new HttpProblem(400, {
      detail: `the body is not JSON: ${message}`,
      errors,
      cause: error,
    });
  }
}

function messageOf({ line, column, found }: JsonErrorPlace): string {
  return `line ${line}, column ${column}: found ${found}, expected JSON`;
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
