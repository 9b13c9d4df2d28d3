import type { Difference } from '@vigil/drift';
import { id, T0 } from '../testing/fixtures.js';
import { trackDrift, type OpenDrift } from './track-drift.js';

const web = id('default/web');
const certain = { isUnknownHost: () => false, isUnsettled: () => false };

function difference(name: string, change: Partial<Difference> = {}): Difference {
  return {
    id: name,
    causeKey: `${name}|1`,
    type: 'missing',
    class: 'corrective',
    path: '/replicas',
    desired: 'running',
    observed: 'exited',
    severity: 'warning',
    score: 60,
    host: 'h',
    replica: 0,
    ...change,
  };
}

const track = (before: readonly OpenDrift[], now: number, ...differences: Difference[]) =>
  trackDrift(web, before, differences, certain, now);

describe('drift records', () => {
  it('open with a difference, and say nothing more while it stays the same', () => {
    const opened = track([], T0, difference('a'));
    expect(opened.events).toMatchObject([
      { kind: 'detected', record: { type: 'missing', detectedAt: T0, state: 'open' } },
    ]);
    const later = track(opened.open, T0 + 5, difference('a', { score: 70 }));
    expect(later.events).toEqual([]);
    expect(later.open).toEqual(opened.open);
  });

  it('have the same id in every process, and another one for the next occurrence', () => {
    const [first] = track([], T0, difference('a')).open;
    const [again] = track([], T0 + 99, difference('a')).open;
    const [next] = track([], T0, difference('a', { causeKey: 'a|2' })).open;
    expect(again?.record.id).toBe(first?.record.id);
    expect(again?.record.correlationId).toBe(first?.record.correlationId);
    expect(next?.record.id).not.toBe(first?.record.id);
  });

  it.each([
    ['its observed side', { observed: 'stopped' }],
    ['its severity', { severity: 'critical' as const }],
    ['its host', { host: 'other' }],
    ['the fault behind it', { causeKey: 'a|2' }],
  ])('are updated when %s changes, and keep id and chain', (_name, change) => {
    const opened = track([], T0, difference('a'));
    const { events, open } = track(opened.open, T0 + 5, difference('a', change));
    const { id: recordId, correlationId } = opened.open[0]?.record ?? {};
    expect(events).toMatchObject([
      { kind: 'updated', record: { id: recordId, correlationId, updatedAt: T0 + 5 } },
    ]);
    expect(open[0]?.causeKey).toBe('causeKey' in change ? change.causeKey : 'a|1');
  });

  it('are resolved when the difference is gone', () => {
    const opened = track([], T0, difference('a'), difference('b'));
    const { events, open } = track(opened.open, T0 + 5, difference('b'));
    expect(events).toMatchObject([
      { kind: 'resolved', record: { state: 'resolved', resolvedAt: T0 + 5, detectedAt: T0 } },
    ]);
    expect(open).toHaveLength(1);
  });

  it('share a chain when they open together, in any order', () => {
    const one = track([], T0, difference('a'), difference('b'));
    const other = track([], T0, difference('b'), difference('a'));
    const chains = [...one.open, ...other.open].map(({ record }) => record.correlationId);
    expect(new Set(chains).size).toBe(1);
  });

  it('stay as they are while their host is unknown', () => {
    const opened = track([], T0, difference('a'), difference('b', { host: 'other' }));
    const doubts = { ...certain, isUnknownHost: (host: string) => host === 'h' };
    const lost = difference('u', { type: 'unreachable' });
    const { events, open } = trackDrift(web, opened.open, [lost], doubts, T0 + 5);
    expect(events.map(({ kind, record }) => [kind, record.type, record.host])).toEqual([
      ['detected', 'unreachable', 'h'],
      ['resolved', 'missing', 'other'],
    ]);
    expect(open.map((each) => each.difference)).toEqual(['u', 'a']);
    const back = track(open, T0 + 9);
    expect(back.events.map(({ kind }) => kind)).toEqual(['resolved', 'resolved']);
  });

  it('neither open nor end by what an action does', () => {
    const opened = track([], T0, difference('sick', { type: 'health' }));
    const doubts = { ...certain, isUnsettled: (_host: string, replica: number) => replica === 0 };
    const meanwhile = [difference('dead'), difference('other', { replica: 1 })];
    const during = trackDrift(web, opened.open, meanwhile, doubts, T0 + 1);
    expect(during.events.map(({ kind, record }) => [kind, record.type])).toEqual([
      ['detected', 'missing'],
    ]);
    expect(during.open.map((each) => each.difference)).toEqual(['other', 'sick']);
    const after = track(during.open, T0 + 2);
    expect(after.events.map(({ kind }) => kind)).toEqual(['resolved', 'resolved']);
  });
});
