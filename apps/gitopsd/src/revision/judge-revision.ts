import type { RevisionEntry } from '@vigil/contracts';
import {
  parseManifests,
  type ManifestProblem,
  type ParsedResource,
  type ResourceId,
} from '@vigil/manifests';
import { createHash } from 'node:crypto';
import type { SourceSnapshot } from '../source/manifest-source.js';

/** What a revision is compared with. */
export interface JudgementContext {
  /** What is in force for the source; absent before its first revision. */
  readonly inForce: readonly RevisionEntry[] | undefined;
  /** Resources that other sources have in force → the source. */
  readonly foreign: ReadonlyMap<ResourceId, string>;
}

export type Judgement =
  | {
      readonly valid: true;
      readonly resources: readonly ParsedResource[];
      readonly warnings: readonly string[];
    }
  | { readonly valid: false; readonly errors: readonly ManifestProblem[] };

/** Decides whether a revision may be put in force: as a whole, or not at all. */
export function judgeRevision(snapshot: SourceSnapshot, context: JudgementContext): Judgement {
  const result = parseManifests(snapshot.files, { sha256, foreign: context.foreign });
  const errors = [...snapshot.problems, ...(result.ok ? [] : result.errors)];
  if (!result.ok || errors.length > 0) return { valid: false, errors };
  const { inForce } = context;
  if (result.resources.length === 0 && inForce !== undefined && inForce.length > 0) {
    return { valid: false, errors: [suddenlyEmpty(inForce.length)] };
  }
  const warnings = [...snapshot.warnings, ...result.warnings.map(renderProblem)];
  return { valid: true, resources: result.resources, warnings };
}

/** Gate 0: an empty checkout or a lost mount looks exactly like everything having been deleted. */
function suddenlyEmpty(had: number): ManifestProblem {
  const message = `found no manifests, expected some: the source has ${had} resources in force, and is not emptied all at once`;
  return { file: '', line: 0, column: 0, path: '', message };
}

export function renderProblem({ file, line, column, path, message }: ManifestProblem): string {
  const where = [file, ...(line > 0 ? [line, column] : [])].filter((part) => part !== '').join(':');
  return [where, path, message].filter((part) => part !== '').join(' ');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
