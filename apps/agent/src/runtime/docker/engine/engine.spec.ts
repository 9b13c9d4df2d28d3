import { ListedContainer } from './engine-answers.js';
import { asEngineError, EngineAway, EngineRefusal, isNotFound } from './engine-error.js';
import { findSocket } from './find-socket.js';
import { linesOf, parseJson } from './lines-of.js';

describe('findSocket', () => {
  const usual = '/var/run/docker.sock';
  it.each<[string | undefined, Record<string, string>, string[], string | undefined]>([
    ['unix:///a.sock', {}, [usual], '/a.sock'],
    ['/a.sock', {}, [], '/a.sock'],
    ['off', { DOCKER_HOST: 'unix:///b.sock' }, [usual], undefined],
    [undefined, { DOCKER_HOST: 'unix:///b.sock' }, [usual], '/b.sock'],
    [undefined, { DOCKER_HOST: 'tcp://elsewhere:2375' }, [usual], usual],
    [undefined, {}, [usual], usual],
    [undefined, {}, ['/run/podman/podman.sock'], '/run/podman/podman.sock'],
    [
      undefined,
      { XDG_RUNTIME_DIR: '/run/user/7' },
      ['/run/user/7/docker.sock'],
      '/run/user/7/docker.sock',
    ],
    [undefined, {}, [], undefined],
  ])('configured %s, environment %j, present %j: %s', (configured, env, present, expected) => {
    const exists = (path: string) => present.includes(path);
    expect(findSocket({ configured, env, exists })).toBe(expected);
  });
});

describe('asEngineError', () => {
  it('takes an answer for a refusal, in the engine’s own words', () => {
    const error = Object.assign(new Error('(HTTP code 404) no such container - nothing here '), {
      statusCode: 404,
      json: { message: 'No such container: a' },
    });
    expect(asEngineError(error)).toEqual(new EngineRefusal(404, 'No such container: a'));
    expect(isNotFound(asEngineError(error))).toBe(true);
    const bare = Object.assign(new Error('(HTTP code 500) server error - broken pipe - twice '), {
      statusCode: 500,
    });
    expect(asEngineError(bare)).toEqual(new EngineRefusal(500, 'broken pipe - twice'));
  });

  it.each([new Error('connect ECONNREFUSED'), 'aborted', undefined])(
    'takes %s for no answer',
    (error) => {
      expect(asEngineError(error)).toBeInstanceOf(EngineAway);
    },
  );
});

describe('linesOf', () => {
  it('puts lines together wherever they were cut', async () => {
    const euro = Buffer.from('{"a":"€"}\n\n{"b":1}\n{"c"');
    async function* chunks() {
      for (const byte of euro) yield await Promise.resolve(Buffer.from([byte]));
      yield ':2}';
    }
    const lines: unknown[] = [];
    for await (const line of linesOf(chunks())) lines.push(parseJson(line));
    expect(lines).toEqual([{ a: '€' }, { b: 1 }, { c: 2 }]);
  });

  it('does not gather a line without an end', async () => {
    async function* chunks() {
      for (;;) yield await Promise.resolve('x'.repeat(100_000));
    }
    await expect(linesOf(chunks()).next()).rejects.toThrow('without an end');
  });
});

describe('a container in a list', () => {
  it.each([
    [['/web'], 'web'],
    [['/consumer/db', '/shop-db-1'], 'shop-db-1'],
    [['/shop-db-1', '/consumer/db'], 'shop-db-1'],
    [[], ''],
  ])('with the names %j is %j', (Names, name) => {
    const answer = { Id: 'a', Names, Image: 'web:1', State: 'running', Labels: {}, Ports: [] };
    expect(ListedContainer.parse(answer).name).toBe(name);
  });
});
