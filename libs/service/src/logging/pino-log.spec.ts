import { z } from 'zod';
import { withCorrelation } from '../correlation/correlation.js';
import { NestLogger } from './nest-logger.js';
import { PinoLog } from './pino-log.js';

const Line = z.looseObject({ level: z.string(), message: z.string() });

describe('the log', () => {
  let lines: z.infer<typeof Line>[];
  let log: PinoLog;
  beforeEach(() => {
    lines = [];
    log = PinoLog.create({
      service: 'evaluator',
      version: '1.2.3',
      level: 'info',
      destination: { write: (line) => void lines.push(Line.parse(JSON.parse(line))) },
    });
  });

  it('writes one object per line, with who, what and when', () => {
    log.child('drift').info('opened', { resource: 'a/Service/b' });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.['time']).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(lines).toMatchObject([
      {
        level: 'info',
        service: 'evaluator',
        version: '1.2.3',
        pid: process.pid,
        component: 'drift',
        resource: 'a/Service/b',
        message: 'opened',
      },
    ]);
  });

  it('leaves out what is below its level', () => {
    log.debug('details');
    expect(lines).toEqual([]);
  });

  it('carries the correlation id of what is being handled', async () => {
    await withCorrelation('c-1', async () => {
      await Promise.resolve();
      log.warn('inside');
    });
    log.warn('outside');
    expect(lines.map((line) => line['correlationId'])).toEqual(['c-1', undefined]);
  });

  it('keeps an error with its stack and its causes', () => {
    log.error('failed', new Error('outer', { cause: new Error('inner') }), { host: 'h' });
    expect(JSON.stringify(lines)).toMatch(/outer.*inner/);
    expect(lines[0]).toMatchObject({ host: 'h', error: { type: 'Error' } });
  });

  it('does not show what is called like a secret', () => {
    log.info('asked', { token: 't-1', request: { authorization: 'Bearer t-2' }, name: 'fine' });
    expect(JSON.stringify(lines)).not.toMatch(/t-[12]/);
    expect(lines[0]).toMatchObject({ token: '[redacted]', name: 'fine' });
  });

  it('takes what Nest says, and its chatter as details', () => {
    const nest = new NestLogger(log);
    nest.log('Mapped {/health, GET} route', 'RouterExplorer');
    nest.warn('careful', 'Injector');
    nest.error('broken', 'Error: broken\n    at x', 'ExceptionsHandler');
    nest.error(new Error('thrown'));
    expect(lines.map(({ level, message, ...rest }) => [level, message, rest['component']])).toEqual(
      [
        ['warn', 'careful', 'Injector'],
        ['error', 'broken', 'ExceptionsHandler'],
        ['error', 'thrown', undefined],
      ],
    );
    expect(lines[1]).toMatchObject({ stack: 'Error: broken\n    at x' });
  });
});
