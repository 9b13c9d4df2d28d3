import { judgeAnswer } from './judge-answer.js';

const answer = (status: number, body: unknown = {}) => ({
  status,
  headers: {},
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

describe('judgeAnswer', () => {
  it.each([
    [202, 'delivered'],
    [200, 'delivered'],
    [413, 'split'],
    [400, 'drop'],
    [415, 'drop'],
    [422, 'drop'],
    [401, 'not-authorised'],
    [403, 'not-authorised'],
    // a proxy in front of a collector that is being replaced
    [404, 'retry'],
    [405, 'retry'],
    [407, 'retry'],
    [408, 'retry'],
    [409, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
  ])('%d: %s', (status, kind) => {
    expect(judgeAnswer(answer(status)).kind).toBe(kind);
  });

  it('tells which samples were rejected', () => {
    const rejected = [
      { index: 3, path: '/metrics/3/value', message: 'found "x", expected a number' },
    ];
    expect(judgeAnswer(answer(202, { accepted: 9, rejected }))).toEqual({
      kind: 'delivered',
      rejected,
    });
  });

  it('tells why, in the words of the collector', () => {
    const problem = {
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'the batch is not valid',
      errors: [{ path: '/source', message: 'expected a host name' }],
    };
    expect(judgeAnswer(answer(400, problem))).toEqual({
      kind: 'drop',
      why: '400 the batch is not valid (/source: expected a host name)',
    });
  });

  it('survives an answer of somebody else', () => {
    expect(judgeAnswer(answer(502, '<html>Bad Gateway</html>'))).toEqual({
      kind: 'retry',
      why: '502',
    });
    expect(judgeAnswer(answer(202, 'ok'))).toEqual({ kind: 'delivered', rejected: [] });
  });
});
