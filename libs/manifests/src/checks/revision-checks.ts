import type { Declaration } from '../declaration.js';
import { parseResourceId, resourceIdParts, type ResourceId } from '../resource-id.js';
import { didYouMean } from '../suggestion.js';

export interface RevisionContext {
  /** Resources that other sources declare, and which source that is. */
  foreign: ReadonlyMap<ResourceId, string>;
  /** What a reference to a resource that nobody declares is. */
  missingReference: 'error' | 'warning';
}

/** What must hold between the declarations of one revision. */
export function checkRevision(
  declarations: readonly Declaration[],
  context: RevisionContext,
): void {
  const declared = checkDuplicates(declarations);
  const suggestions = new Suggestions([...declared.keys()]);
  for (const declaration of declared.values()) {
    checkOwner(declaration, context);
    checkReferences(declaration, declared, context, suggestions);
  }
  checkCycles(declared);
}

type Declared = ReadonlyMap<ResourceId, Declaration>;

function checkDuplicates(declarations: readonly Declaration[]): Declared {
  const declared = new Map<ResourceId, Declaration>();
  for (const declaration of declarations) {
    const { id } = declaration;
    if (id === undefined) continue;
    const first = declared.get(id);
    if (first === undefined) {
      declared.set(id, declaration);
      continue;
    }
    const where = `${first.source.file}:${first.line}`;
    const message = `found ${id} again, expected one declaration: the first is at ${where}`;
    declaration.report('error', namePath(declaration), message);
  }
  return declared;
}

function checkOwner(declaration: Declaration, { foreign }: RevisionContext): void {
  const owner = declaration.id === undefined ? undefined : foreign.get(declaration.id);
  if (owner === undefined) return;
  const message = `found ${declaration.id}, expected a resource that no other source declares: it belongs to source ${owner}`;
  declaration.report('error', namePath(declaration), message);
}

function checkReferences(
  declaration: Declaration,
  declared: Declared,
  { foreign, missingReference }: RevisionContext,
  suggestions: Suggestions,
): void {
  for (const { target, path } of referencesOf(declaration)) {
    if (resourceIdParts(target).kind !== 'Service') {
      declaration.report('error', path, `found ${target}, expected a Service`);
      continue;
    }
    if (declared.has(target) || foreign.has(target)) continue;
    const hint = suggestions.hint(target);
    const message = `found ${target}, which no manifest declares, expected a declared resource${hint}`;
    declaration.report(missingReference, path, message);
  }
}

/** Suggestions are compared with every resource there is: only the first ones are worth it. */
const MAX_SUGGESTIONS = 5;

class Suggestions {
  private left = MAX_SUGGESTIONS;

  constructor(private readonly candidates: readonly string[]) {}

  hint(text: string): string {
    if (this.left === 0) return '';
    this.left -= 1;
    return didYouMean(text, this.candidates);
  }
}

interface Reference {
  target: ResourceId;
  path: readonly PropertyKey[];
}

function referencesOf({ manifest, base }: Declaration): Reference[] {
  if (manifest === undefined) return [];
  if (manifest.kind === 'Host' || manifest.kind === 'Source') return [];
  if (manifest.kind === 'Policy') {
    const path = [...(base.length === 0 ? ['spec'] : base), 'target'];
    return manifest.spec.target === undefined ? [] : reference(manifest.spec.target, path);
  }
  return manifest.spec.dependsOn.flatMap((target, index) =>
    reference(target, ['spec', 'dependsOn', index]),
  );
}

function reference(text: string, path: PropertyKey[]): Reference[] {
  const target = parseResourceId(text);
  return target === undefined ? [] : [{ target, path }];
}

/** Reports each cycle of `dependsOn` once, where it is entered first. */
function checkCycles(declared: Declared): void {
  const done = new Set<ResourceId>();
  for (const start of declared.keys()) walk(start, declared, done);
}

/** Depth first and without recursion: a chain may be as long as there are services. */
function walk(start: ResourceId, declared: Declared, done: Set<ResourceId>): void {
  const trail: { id: ResourceId; pending: Reference[] }[] = [];
  const enter = (id: ResourceId) => {
    const declaration = declared.get(id);
    trail.push({ id, pending: declaration === undefined ? [] : referencesOf(declaration) });
  };
  if (!done.has(start)) enter(start);
  for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
    const next = top.pending.shift();
    if (next === undefined) {
      done.add(top.id);
      trail.pop();
      continue;
    }
    const entered = trail.findIndex((step) => step.id === next.target);
    if (entered >= 0) {
      const cycle = renderCycle([...trail.slice(entered).map(({ id }) => id), next.target]);
      const message = `found the cycle ${cycle}, expected dependencies without one`;
      declared.get(top.id)?.report('error', next.path, message);
    } else if (!done.has(next.target) && declared.has(next.target)) {
      enter(next.target);
    }
  }
}

const MAX_SHOWN = 10;

function renderCycle(ids: readonly ResourceId[]): string {
  if (ids.length <= MAX_SHOWN) return ids.join(' → ');
  const shown = [...ids.slice(0, MAX_SHOWN - 1), '…', ...ids.slice(-1)];
  return `${shown.join(' → ')} (${ids.length - 1} resources)`;
}

function namePath({ base }: Declaration): PropertyKey[] {
  return base.length === 0 ? ['metadata', 'name'] : [...base, 'name'];
}
