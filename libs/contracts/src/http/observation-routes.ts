import { z } from 'zod';
import { IngestAccepted, IngestBatch } from './ingest.js';
import { MetricQuery, QueryResult } from './query.js';
import { HealthView, StreamQuery } from './system.js';
import { defineRoute } from './route.js';
import { okWith } from './route-parts.js';

const probe = z.object({ status: z.string() });

/** Health, samples in and out, live updates, and the documentation of the API. */
export const OBSERVATION_ROUTES = {
  health: defineRoute({
    method: 'GET',
    path: '/health',
    access: 'open',
    tag: 'health',
    summary: 'Health of the system and its parts',
    description: '503 only when down: when the collector can neither accept nor answer.',
    responses: {
      ...okWith('ok or degraded', HealthView),
      503: { description: 'down', schema: HealthView },
    },
  }),
  healthLive: defineRoute({
    method: 'GET',
    path: '/health/live',
    access: 'open',
    tag: 'health',
    summary: 'The process runs',
    responses: okWith('it does', probe),
  }),
  healthReady: defineRoute({
    method: 'GET',
    path: '/health/ready',
    access: 'open',
    tag: 'health',
    summary: 'The collector takes requests',
    responses: { ...okWith('it does', probe), 503: { description: 'not yet', schema: probe } },
  }),
  healthLiveness: defineRoute({
    method: 'GET',
    path: '/api/v1/health/liveness',
    access: 'open',
    tag: 'health',
    summary: 'The same as /health/live',
    responses: okWith('it does', probe),
  }),
  serviceMetrics: defineRoute({
    method: 'GET',
    path: '/metrics',
    access: 'read',
    tag: 'health',
    summary: 'Measurements of the collector itself, for Prometheus',
    responses: { 200: { description: 'Prometheus text format', contentType: 'text/plain' } },
  }),
  ingest: defineRoute({
    method: 'POST',
    path: '/ingest',
    access: 'ingest',
    tag: 'samples',
    summary: 'Take a batch of samples, check results and state of one source',
    description:
      'JSON, or NDJSON (`application/x-ndjson`, one sample a line, each with its `source`); `Content-Encoding: gzip` is taken. Good samples are kept, bad ones are named. 202 means: committed. A repeated `batchId` of a source is acknowledged and stored once.',
    body: IngestBatch,
    responses: { 202: { description: 'stored', schema: IngestAccepted } },
    problems: [413, 415],
  }),
  query: defineRoute({
    method: 'GET',
    path: '/query',
    access: 'read',
    tag: 'samples',
    summary: 'Samples of a metric, as they are or aggregated',
    query: MetricQuery,
    responses: okWith('one series per label set, or per group', QueryResult),
    problems: [422],
  }),
  stream: defineRoute({
    method: 'GET',
    path: '/stream',
    access: 'read',
    tag: 'stream',
    summary: 'Live updates as server-sent events',
    description:
      'Each event has an `id`; after a lost connection send the last one as `Last-Event-ID` to go on without a gap.',
    query: StreamQuery,
    responses: { 200: { description: 'events', contentType: 'text/event-stream' } },
    problems: [429],
  }),
  apiDocument: defineRoute({
    method: 'GET',
    path: '/openapi.json',
    access: 'signed-in',
    tag: 'documentation',
    summary: 'This API as OpenAPI 3.1',
    responses: { 200: { description: 'the document', contentType: 'application/json' } },
  }),
  apiPage: defineRoute({
    method: 'GET',
    path: '/docs',
    access: 'signed-in',
    tag: 'documentation',
    summary: 'This API as a page for people',
    responses: { 200: { description: 'the page', contentType: 'text/html' } },
  }),
} as const;
