import { ConflictException } from '@nestjs/common';
import { Problem } from '@vigil/contracts';
import { z } from 'zod';
import { VigilError, type Disposition } from '../errors/vigil-error.js';
import { HttpProblem, inputErrors, parseInput, problemFor } from './problem.js';

class Known extends VigilError {
  readonly code = 'area.what';
  constructor(readonly disposition: Disposition) {
    super('what happened');
  }
}

const fastify = (status: number) =>
  Object.assign(new Error('from the server'), { statusCode: status });

describe('problemFor', () => {
  it.each<[string, unknown, number, boolean]>([
    ['a problem of ours', new HttpProblem(409, { detail: 'taken' }), 409, false],
    ['an exception of Nest', new ConflictException('taken'), 409, false],
    ['an error of the server', fastify(413), 413, false],
    ['a failure of the server', fastify(500), 500, true],
    ['an error to be retried', new Known('retry'), 503, false],
    ['an error that is final', new Known('reject'), 422, false],
    ['an error that ends the process', new Known('crash'), 500, true],
    ['a bug', new TypeError('x of undefined'), 500, true],
    ['something that is no error', 'oops', 500, true],
    ['nothing', undefined, 500, true],
  ])('%s', (_name, error, status, unexpected) => {
    const problem = problemFor(error, '/orders/1');
    expect(Problem.parse(problem.body)).toMatchObject({ status, instance: '/orders/1' });
    expect(problem.unexpected).toBe(unexpected);
  });

  it('tells when to try again', () => {
    expect(problemFor(new Known('retry'), '/').headers).toEqual({ 'retry-after': '1' });
  });

  it('names the kind of a known error', () => {
    expect(problemFor(new Known('reject'), '/').body.type).toBe('urn:vigil:area.what');
  });

  it('keeps title, type, errors and headers of a problem of ours', () => {
    const options = {
      detail: 'd',
      title: 't',
      type: 'urn:x',
      errors: [{ path: 'a', message: 'm' }],
      headers: { allow: 'GET' },
    };
    const { body, headers } = problemFor(new HttpProblem(405, options), '/');
    expect(body).toMatchObject({ detail: 'd', title: 't', type: 'urn:x', errors: options.errors });
    expect(headers).toEqual({ allow: 'GET' });
  });
});

describe('parseInput', () => {
  const schema = z.object({ items: z.array(z.object({ count: z.number() })) });

  it('gives back what matches', () => {
    expect(parseInput(schema, { items: [] })).toEqual({ items: [] });
  });

  it('names every place that does not', () => {
    const input = { items: [{ count: 1 }, { count: 'x' }, {}] };
    const failure = z
      .instanceof(HttpProblem)
      .parse(caught(() => parseInput(schema, input, 'body')));
    expect(failure.getStatus()).toBe(400);
    expect(failure.problem.errors?.map(({ path }) => path)).toEqual([
      'body.items[1].count',
      'body.items[2].count',
    ]);
  });

  it('lists no more than anybody would read', () => {
    const many = z.array(z.number()).safeParse(Array.from({ length: 80 }, () => 'x'));
    const errors = inputErrors(many.error ?? new z.ZodError([]));
    expect(errors).toHaveLength(51);
    expect(errors.at(-1)?.message).toBe('and 30 more errors');
  });
});

function caught(work: () => unknown): unknown {
  try {
    return work();
  } catch (error) {
    return error;
  }
}
