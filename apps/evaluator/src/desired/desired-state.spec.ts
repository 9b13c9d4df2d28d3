import { desiredStateKey, type SourcePointer } from '@vigil/contracts';
import type { Policy, Service } from '@vigil/manifests';
import * as fc from 'fast-check';
import { digestOf, id, policy, service, T0 } from '../testing/fixtures.js';
import { DesiredState } from './desired-state.js';

type Step = (state: DesiredState) => { resources: ReadonlySet<string>; policies: boolean };

/** What gitopsd writes for one revision, as single steps. */
function revision(
  source: string,
  generation: number,
  manifests: readonly (Service | Policy)[],
): Step[] {
  const name = `r${generation}`;
  const entries = manifests.map((manifest) => ({
    resource: id(`default/${manifest.kind}/${manifest.metadata.name}`),
    digest: digestOf(manifest),
    file: 'a.yaml',
    line: 1,
  }));
  const pointer: SourcePointer = {
    source,
    revision: name,
    chunks: 2,
    generation,
    inForceAt: T0,
  };
  const half = Math.ceil(entries.length / 2);
  const chunk = (number: number) => desiredStateKey.index(source, name, number);
  return [
    ...manifests.map(
      (manifest): Step =>
        (state) =>
          state.putManifest(digestOf(manifest), manifest),
    ),
    (state) => state.putIndex(chunk(0), entries.slice(0, half)),
    (state) => state.putIndex(chunk(1), entries.slice(half)),
    (state) => state.putPointer(pointer),
  ];
}

const web = service('web');
const web2 = service('web', { replicas: 2 });
const db = service('db');
const webId = id('default/web');
const dbId = id('default/db');

const apply = (state: DesiredState, steps: readonly Step[]) => {
  for (const step of steps) step(state);
};

describe('the desired state', () => {
  it('is unknown while there is no source', () => {
    expect(new DesiredState().current(webId)).toEqual({
      status: 'unknown',
      last: undefined,
      awaits: 'source',
    });
  });

  it('is the same in whatever order its parts arrive, and never half of a revision', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(revision('git', 1, [web, db]), { minLength: 5, maxLength: 5 }),
        (steps) => {
          const state = new DesiredState();
          for (const step of steps) {
            const seen = [webId, dbId].filter((each) => state.current(each).status === 'declared');
            expect([0, 2]).toContain(seen.length);
            step(state);
          }
          expect(state.services().map(({ resource }) => resource)).toEqual([webId, dbId]);
          expect(state.current(id('default/other'))).toEqual({ status: 'absent' });
        },
      ),
    );
  });

  it('keeps a revision in force until the whole next one is there', () => {
    const state = new DesiredState();
    apply(state, revision('git', 1, [web]));
    const next = revision('git', 2, [web2, db]);
    // everything but the manifest of web2
    apply(state, next.slice(1));
    expect(state.current(webId)).toMatchObject({ declared: { digest: digestOf(web) } });
    expect(state.current(dbId)).toEqual({ status: 'absent' });
    const change = next[0]?.(state);
    expect(change?.resources).toEqual(new Set([webId, dbId]));
    expect(state.current(webId)).toMatchObject({ declared: { digest: digestOf(web2) } });
  });

  it('says only what changed', () => {
    const state = new DesiredState();
    apply(state, revision('git', 1, [web, db, policy('hot')]));
    const changes = revision('git', 2, [web2, db]).map((step) => step(state));
    expect(changes.at(-1)).toEqual({ resources: new Set([webId]), policies: true, hosts: false });
  });

  it('never goes back to an older generation', () => {
    const state = new DesiredState();
    apply(state, revision('git', 1, [web]));
    apply(state, revision('git', 3, [web2]));
    apply(state, revision('git', 2, [web]));
    expect(state.current(webId)).toMatchObject({ declared: { digest: digestOf(web2) } });
  });

  it('is unknown after a loss of data until each source is written again', () => {
    const state = new DesiredState();
    apply(state, revision('a', 5, [web]));
    apply(state, revision('b', 7, [db]));
    expect(state.distrust().resources).toEqual(new Set([webId, dbId]));
    expect(state.current(webId)).toMatchObject({ status: 'unknown', last: { source: 'a' } });
    expect(state.unknownSources()).toEqual(['a', 'b']);

    // the generation may begin anew
    const changes = revision('a', 1, []).map((step) => step(state));
    expect(changes.at(-1)?.resources).toEqual(new Set([webId]));
    // b may have taken it over: until that is loaded nothing says that it is gone
    expect(state.current(webId)).toEqual({ status: 'unknown', last: undefined, awaits: 'source' });
    apply(state, revision('b', 8, [db]));
    expect(state.current(webId)).toEqual({ status: 'absent' });
  });

  it('keeps overrides over a loss of data, and ends them at their time', () => {
    const state = new DesiredState();
    const override = {
      resource: webId,
      owner: 'operator/alice',
      stopped: true,
      reason: 'maintenance',
      actionId: 'a',
      correlationId: 'c',
      createdAt: T0,
      expiresAt: T0 + 10,
    };
    state.putOverride(override);
    state.distrust();
    expect(state.override(webId, T0 + 9)).toBe(override);
    expect(state.override(webId, T0 + 10)).toBeUndefined();
    expect(state.removeOverride(desiredStateKey.override(webId)).resources).toEqual(
      new Set([webId]),
    );
    expect(state.override(webId, T0)).toBeUndefined();
  });

  it('takes a source that was removed on purpose for gone', () => {
    const state = new DesiredState();
    apply(state, revision('a', 1, [web]));
    apply(state, revision('b', 1, [db]));
    const change = state.removePointer(desiredStateKey.pointer('a'));
    expect(change.resources).toEqual(new Set([webId]));
    expect(state.current(webId)).toEqual({ status: 'absent' });
  });

  it('counts who depends on a service', () => {
    const state = new DesiredState();
    apply(state, revision('a', 1, [db, service('web', { dependsOn: ['default/db'] })]));
    expect(state.dependants(dbId)).toBe(1);
    apply(state, revision('a', 2, [db, web]));
    expect(state.dependants(dbId)).toBe(0);
  });
});
