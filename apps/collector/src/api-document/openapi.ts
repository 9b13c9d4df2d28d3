import {
  ActionDetail,
  ActionView,
  AgentRecord,
  AlertView,
  DriftView,
  Explanation,
  ExplainStep,
  HealthView,
  IngestAccepted,
  IngestBatch,
  KeyRecord,
  ManifestDetail,
  ManifestView,
  Problem,
  QueryResult,
  ResourceExplanation,
  ROUTE_ACCESS,
  SourceView,
  SystemView,
  type RouteDefinition,
} from '@vigil/contracts';
import { STATUS_CODES } from 'node:http';
import { z } from 'zod';

type Json = Record<string, unknown>;

/** Schemas that get a name of their own in the document. */
const NAMED = {
  ActionDetail,
  ActionView,
  AgentRecord,
  AlertView,
  DriftView,
  Explanation,
  ExplainStep,
  HealthView,
  IngestAccepted,
  IngestBatch,
  KeyRecord,
  ManifestDetail,
  ManifestView,
  Problem,
  QueryResult,
  ResourceExplanation,
  SourceView,
  SystemView,
} as const;

/** The OpenAPI 3.1 document of a list of routes. */
export function openApiDocument(
  routes: Readonly<Record<string, RouteDefinition>>,
  version: string,
) {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [operationId, route] of Object.entries(routes)) {
    const path = route.path.replace(/\{(\w+)\.\.\.\}/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(operationId, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Vigil',
      version,
      description:
        'Errors are problem JSON (RFC 9457). Lists are `{items, nextCursor}`. Times are RFC 3339, UTC; parameters that are times also take Unix ms, `now` and `-1h`.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: namedSchemas(),
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
    },
  };
}

function operation(operationId: string, route: RouteDefinition): Json {
  const needsKey = route.access !== 'open' && route.access !== 'token';
  const roles = ROUTE_ACCESS[route.access].join(', ');
  const description = [route.description, needsKey ? `Roles: ${roles}.` : 'Needs no key.'];
  return {
    operationId,
    tags: [route.tag],
    summary: route.summary,
    description: description.filter((part) => part !== undefined).join('\n\n'),
    security: needsKey ? [{ key: [] }] : [],
    ...parameters(route),
    ...(route.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            content: { 'application/json': { schema: schemaOf(route.body) } },
          },
        }),
    responses: responses(route, needsKey),
  };
}

function parameters(route: RouteDefinition): Json {
  const all = [...parametersIn('path', route.params), ...parametersIn('query', route.query)];
  return all.length === 0 ? {} : { parameters: all };
}

function parametersIn(where: 'path' | 'query', schema: z.ZodType | undefined): Json[] {
  if (schema === undefined) return [];
  const { properties, required } = objectSchema(inputSchema(schema));
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...rest } = property;
    return {
      name,
      in: where,
      required: where === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema: rest,
    };
  });
}

function responses(route: RouteDefinition, needsKey: boolean): Json {
  const answers: Record<string, Json> = {};
  for (const [status, response] of Object.entries(route.responses)) {
    const { description, schema, contentType = 'application/json' } = response;
    const hasBody = schema !== undefined || response.contentType !== undefined;
    answers[status] = hasBody
      ? {
          description,
          content: { [contentType]: schema === undefined ? {} : { schema: schemaOf(schema) } },
        }
      : { description };
  }
  const hasInput = route.params ?? route.query ?? route.body;
  const expected = [
    ...(hasInput === undefined ? [] : [400]),
    ...(needsKey ? [401, 403] : []),
    ...(route.access === 'token' ? [401] : []),
    ...(route.problems ?? []),
    503,
  ];
  for (const status of expected) {
    if (status in answers) continue;
    answers[status] = {
      description: STATUS_CODES[status] ?? 'Error',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return answers;
}

function schemaOf(schema: z.ZodType): Json {
  const name = Object.entries(NAMED).find(([, named]) => named === schema)?.[0];
  return name === undefined ? inputSchema(schema) : { $ref: `#/components/schemas/${name}` };
}

/** What a caller sends, or gets: before transformations, which JSON Schema cannot express. */
function inputSchema(schema: z.ZodType): Json {
  return withoutMeta(
    z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }),
  );
}

function namedSchemas(): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(NAMED).map(([name, schema]) => [name, inputSchema(schema)]),
  );
}

/** The document as a whole says which dialect it is. */
function withoutMeta(schema: Json): Json {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}

function objectSchema(schema: Json): { properties: Record<string, Json>; required: string[] } {
  const Shape = z.object({
    properties: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    required: z.array(z.string()).default([]),
  });
  return Shape.parse(schema);
}
