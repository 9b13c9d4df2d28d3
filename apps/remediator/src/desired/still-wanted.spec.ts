import { desiredStateKey, type ActionRequest, type Override } from '@vigil/contracts';
import { ManualClock } from '@vigil/service';
import { digest, operator, request, WEB } from '../testing/fixtures.js';
import { DesiredBook } from './desired-book.js';
import { StillWanted } from './still-wanted.js';

const OLD = digest('a');
const NEW = digest('b');
const NOW = 1_000;
/** Nothing is waited for. */
const atOnce = AbortSignal.abort();

/** A source that declares the resource with a digest, or without it nothing. */
function declare(book: DesiredBook, declared: string | undefined, source = 'default'): void {
  const entries =
    declared === undefined ? [] : [{ resource: WEB, digest: declared, file: 'f', line: 1 }];
  const revision = declared ?? 'none';
  book.putIndex(desiredStateKey.index(source, revision, 0), entries);
  book.putPointer(desiredStateKey.pointer(source), {
    source,
    revision,
    chunks: 1,
    generation: 1,
    inForceAt: 1,
  });
}

function override(book: DesiredBook, change: Partial<Override>): void {
  book.putOverride(desiredStateKey.override(WEB), {
    resource: WEB,
    owner: 'operator/ada',
    reason: 'why',
    actionId: 'scale-1',
    correlationId: 'c',
    createdAt: 1,
    ...change,
  });
}

function world(declared: string | undefined) {
  const book = new DesiredBook();
  declare(book, declared);
  return { book, wanted: new StillWanted(book, new ManualClock(NOW)) };
}

const basis = (declaredDigest: string | null, overrideBy: string | null = null) => ({
  basis: { declaredDigest, overrideBy },
});

type Row = readonly [string, Partial<ActionRequest>, (book: DesiredBook) => void, boolean];

const NOTHING = () => undefined;

describe('what was asked for while the old manifest was in force', () => {
  it.each<Row>([
    ['holds while that is in force', basis(OLD), NOTHING, false],
    ['holds at the digest of a hold', { ...basis(OLD), desiredDigest: NEW }, NOTHING, false],
    [
      'holds when nobody said what it rests on',
      {},
      (book) => {
        declare(book, NEW);
      },
      false,
    ],
    [
      'does not hold when the manifest was changed',
      basis(OLD),
      (book) => {
        declare(book, NEW);
      },
      true,
    ],
    [
      'does not hold when it left Git',
      basis(OLD),
      (book) => {
        declare(book, undefined);
      },
      true,
    ],
    [
      'does not hold for a person',
      { ...basis(OLD), operator: operator() },
      (book) => {
        declare(book, NEW);
      },
      true,
    ],
    [
      'holds for a person who stops it',
      { ...basis(OLD), action: 'stop', operator: operator() },
      (book) => {
        declare(book, NEW);
      },
      false,
    ],
    [
      'holds for a notice',
      { ...basis(OLD), action: 'notify' },
      (book) => {
        declare(book, NEW);
      },
      false,
    ],
    [
      'does not hold when a person stopped it',
      basis(OLD),
      (book) => {
        override(book, { stopped: true });
      },
      true,
    ],
    [
      'does not hold when it was scaled',
      basis(OLD),
      (book) => {
        override(book, { replicas: 3 });
      },
      true,
    ],
    [
      'holds under the override that was there',
      basis(OLD, 'scale-1'),
      (book) => {
        override(book, { replicas: 3 });
      },
      false,
    ],
    [
      'does not hold when that has ended',
      basis(OLD, 'scale-1'),
      (book) => {
        override(book, {});
      },
      true,
    ],
    [
      'does not hold when that has expired',
      basis(OLD, 'scale-1'),
      (book) => {
        override(book, { replicas: 3, expiresAt: NOW });
      },
      true,
    ],
    [
      'holds for a person, whatever overrides it',
      { ...basis(OLD), operator: operator() },
      (book) => {
        override(book, { replicas: 3 });
      },
      false,
    ],
    [
      'does not hold when the bucket is lost',
      basis(OLD),
      (book) => {
        book.distrust();
      },
      true,
    ],
  ])('%s', async (_rule, more, happens, stale) => {
    const { book, wanted } = world(OLD);
    happens(book);
    const reason = await wanted.changeSince(request(more), atOnce);
    expect(reason?.code).toBe(stale ? 'stale' : undefined);
    const anew = stale && more.operator === undefined;
    expect(reason?.nextAttemptAt).toBe(anew ? NOW : undefined);
  });
});

describe('the removal of what left Git', () => {
  const removal = request({ ...basis(null), action: 'stop' });

  it('holds while no source declares it', async () => {
    expect(await world(undefined).wanted.changeSince(removal, atOnce)).toBeUndefined();
  });

  it('does not hold when one declares it again', async () => {
    const { book, wanted } = world(undefined);
    declare(book, OLD, 'other');
    expect(await wanted.changeSince(removal, atOnce)).toMatchObject({ code: 'stale' });
  });

  it('does not hold while a source is not loaded, which may declare it', async () => {
    const { book, wanted } = world(undefined);
    const awaited = { source: 'other', revision: 'r', chunks: 1, generation: 1, inForceAt: 1 };
    book.putPointer(desiredStateKey.pointer('other'), awaited);
    expect(await wanted.changeSince(removal, atOnce)).toMatchObject({ code: 'stale' });
  });

  it('does not hold while nothing is known at all', async () => {
    const wanted = new StillWanted(new DesiredBook(), new ManualClock(NOW));
    expect(await wanted.changeSince(removal, atOnce)).toMatchObject({ code: 'stale' });
  });
});

describe('what was pushed a moment ago', () => {
  it('may reach us after its request', async () => {
    const { book, wanted } = world(OLD);
    const verdict = wanted.changeSince(request(basis(NEW)), new AbortController().signal);
    declare(book, NEW);
    expect(await verdict).toBeUndefined();
  });

  it('is in force only when its whole index is there', () => {
    const { book } = world(OLD);
    const pointer = { source: 'default', revision: 'r', chunks: 2, generation: 2, inForceAt: 1 };
    const key = (chunk: number) => desiredStateKey.index('default', 'r', chunk);
    book.putIndex(key(1), [{ resource: WEB, digest: NEW, file: 'f', line: 1 }]);
    book.putPointer(desiredStateKey.pointer('default'), pointer);
    expect(book.declarationOf(WEB)).toEqual({ kind: 'declared', digest: OLD });
    book.putIndex(key(0), []);
    expect(book.declarationOf(WEB)).toEqual({ kind: 'declared', digest: NEW });
    book.removePointer(desiredStateKey.pointer('default'));
    expect(book.declarationOf(WEB)).toEqual({ kind: 'unknown' });
  });

  it('ends what has begun only when it is certainly something else', () => {
    const { book, wanted } = world(OLD);
    book.distrust();
    expect(wanted.certainChangeSince(request(basis(OLD)))).toBeUndefined();
    declare(book, NEW);
    expect(wanted.certainChangeSince(request(basis(OLD)))).toMatchObject({ code: 'stale' });
  });

  it('does not take its own override for a change', () => {
    const { book, wanted } = world(OLD);
    const scaling = request({ ...basis(OLD, 'scale-0'), action: 'scale', actionId: 'scale-1' });
    override(book, { replicas: 3 });
    expect(wanted.certainChangeSince(scaling)).toBeUndefined();
  });
});
