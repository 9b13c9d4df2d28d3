import { temporaryDirectory } from '@vigil/testkit';
import fc from 'fast-check';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { silentLog } from '../log/log.js';
import { Spool, type SpoolLimits } from './spool.js';

const HOUR = 3_600_000;
const LIMITS: SpoolLimits = { maxBytes: 64 * 1024 * 1024, maxAgeMs: HOUR };

let directory: string;
let clock: number;
beforeEach(() => {
  directory = temporaryDirectory('spool');
  clock = 1_000_000;
});

async function open(limits: Partial<SpoolLimits> = {}, at = directory): Promise<Spool> {
  const spool = await Spool.open(at, { ...LIMITS, ...limits }, silentLog, () => clock);
  opened.push(spool);
  return spool;
}

let opened: Spool[] = [];
afterEach(async () => {
  // closing writes nothing: for the files it is the same as the end of the process
  await Promise.all(opened.map((spool) => spool.close()));
  opened = [];
});

/** The oldest body as text; undefined when there is none. */
async function oldest(spool: Spool): Promise<string | undefined> {
  const ended = new AbortController();
  const next = spool.next(ended.signal);
  // whoever is there is returned before the abort is looked at
  setImmediate(() => setTimeout(() => ended.abort(), 20));
  return (await next)?.body.toString('utf8');
}

async function drain(spool: Spool): Promise<string[]> {
  const bodies: string[] = [];
  for (;;) {
    const ended = new AbortController();
    setTimeout(() => ended.abort(), 20);
    const next = await spool.next(ended.signal);
    if (next === undefined) return bodies;
    bodies.push(next.body.toString('utf8'));
    await spool.release(next);
  }
}

async function append(spool: Spool, ...bodies: string[]): Promise<void> {
  for (const body of bodies) await spool.append(Buffer.from(body));
}

const segmentFiles = () => readdirSync(directory).filter((name) => name.endsWith('.spool'));

describe('Spool', () => {
  it('gives bodies back in their order, each until it is released', async () => {
    const spool = await open();
    await append(spool, 'a', 'b');
    expect(await oldest(spool)).toBe('a');
    expect(await oldest(spool)).toBe('a');
    expect(await drain(spool)).toEqual(['a', 'b']);
    await append(spool, 'c');
    expect(await drain(spool)).toEqual(['c']);
  });

  it('wakes whoever waits for the next body', async () => {
    const spool = await open();
    const waiting = spool.next(new AbortController().signal);
    await append(spool, 'late');
    expect((await waiting)?.body.toString('utf8')).toBe('late');
  });

  it('keeps what is not released over a crash, and nothing of what is', async () => {
    const spool = await open();
    await append(spool, 'a', 'b', 'c');
    const first = await spool.next(new AbortController().signal);
    if (first !== undefined) await spool.release(first);
    // no close: the process was killed
    expect(await drain(await open())).toEqual(['b', 'c']);
  });

  it('forgets its place in a file that begins anew', async () => {
    const spool = await open();
    await append(spool, 'a', 'b');
    await drain(spool);
    await append(spool, 'after');
    expect(await drain(await open())).toEqual(['after']);
  });

  it('sends everything again when nobody knows how far it was', async () => {
    const spool = await open();
    await append(spool, 'a', 'b');
    const first = await spool.next(new AbortController().signal);
    if (first !== undefined) await spool.release(first);
    writeFileSync(join(directory, 'cursor.json'), '{"segment":1,"off');
    expect(await drain(await open())).toEqual(['a', 'b']);
  });

  it('cuts off what a crash left half-written, and goes on behind it', async () => {
    const spool = await open();
    await append(spool, 'whole', 'torn');
    const [file = ''] = segmentFiles();
    const path = join(directory, file);
    truncateSync(path, readFileSync(path).length - 2);
    const reopened = await open();
    await append(reopened, 'next');
    expect(await drain(reopened)).toEqual(['whole', 'next']);
  });

  it('leaves a damaged part out and goes on with the next file', async () => {
    const spool = await open();
    const large = 'x'.repeat(600 * 1024);
    await append(spool, large, large, 'in the second file');
    const [file = ''] = segmentFiles();
    const path = join(directory, file);
    const bytes = readFileSync(path);
    bytes.fill(0, 100, 200);
    writeFileSync(path, bytes);
    expect(await drain(await open())).toEqual(['in the second file']);
  });

  it('drops the oldest when it is full, and counts them', async () => {
    const spool = await open({ maxBytes: 4 * 1024 * 1024 });
    const body = (n: number) => `${n} ${'x'.repeat(400 * 1024)}`;
    for (let n = 0; n < 30; n += 1) await append(spool, body(n));
    const kept = (await drain(spool)).map((text) => Number.parseInt(text, 10));
    expect(kept.at(-1)).toBe(29);
    expect(kept).toEqual(kept.map((_n, index) => 30 - kept.length + index));
    expect(spool.figures.dropped).toBe(30 - kept.length);
    expect(kept.length).toBeLessThan(12);
  });

  it('drops what is too old, and counts it', async () => {
    const spool = await open();
    await append(spool, 'old');
    clock += HOUR / 2;
    await append(spool, 'young');
    clock += HOUR / 2 + 1;
    expect(await drain(spool)).toEqual(['young']);
    expect(spool.figures.dropped).toBe(1);
  });

  it('removes files that were read to their end', async () => {
    const spool = await open();
    const large = 'x'.repeat(1024 * 1024);
    await append(spool, large, large, large);
    expect(segmentFiles().length).toBe(3);
    await drain(spool);
    expect(segmentFiles().length).toBe(1);
    expect(spool.figures.bytes).toBe(0);
  });

  it('keeps batches in memory while the disk refuses them', async () => {
    const spool = await open();
    rmSync(directory, { recursive: true });
    await append(spool, 'a', 'b');
    expect(spool.figures.inMemory).toBe(2);
    expect(await drain(spool)).toEqual(['a', 'b']);
  });

  it('ignores files that are not its own', async () => {
    appendFileSync(join(directory, 'notes.txt'), 'by a person');
    const spool = await open();
    await append(spool, 'a');
    expect(await drain(spool)).toEqual(['a']);
  });

  it('is a queue, whatever happens to the process', async () => {
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.string({ maxLength: 20 }).map((body) => ({ append: body })) },
        { weight: 3, arbitrary: fc.constant('take' as const) },
        { weight: 1, arbitrary: fc.constant('crash' as const) },
      ),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(steps, async (sequence) => {
        const at = temporaryDirectory('spool');
        let spool = await open({}, at);
        const model: string[] = [];
        for (const step of sequence) {
          if (step === 'crash') {
            spool = await open({}, at);
          } else if (step === 'take') {
            if (model.length === 0) continue;
            const next = await spool.next(new AbortController().signal);
            expect(next?.body.toString('utf8')).toBe(model.shift());
            if (next !== undefined) await spool.release(next);
          } else {
            await append(spool, step.append);
            model.push(step.append);
          }
        }
        for (const expected of model) {
          const next = await spool.next(new AbortController().signal);
          expect(next?.body.toString('utf8')).toBe(expected);
          if (next !== undefined) await spool.release(next);
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a disk that does not take the place in the spool', () => {
  const cursor = () => join(directory, 'cursor.json');

  it('keeps nobody from delivering, and loses nothing that was taken over afterwards', async () => {
    const spool = await open();
    await append(spool, 'a', 'b', 'c');
    const next = await spool.next(new AbortController().signal);
    if (next !== undefined) await spool.release(next);
    const saved = readFileSync(cursor(), 'utf8');
    expect(JSON.parse(saved)).toMatchObject({ offset: expect.any(Number) });
    rmSync(cursor());
    mkdirSync(cursor());
    expect(await drain(spool)).toEqual(['b', 'c']);
    await append(spool, 'd', 'e');
    // the next agent finds the place where reading was before the disk failed
    rmSync(cursor(), { recursive: true });
    writeFileSync(cursor(), saved);
    expect(await drain(await open())).toEqual(['d', 'e']);
  });
});
