import { parseManifests, printManifest, type ParsedResource } from '@vigil/manifests';
import { createHash } from 'node:crypto';
import type { Note } from './note.js';

/** A manifest before it was read for the first time. */
export interface Draft {
  /** Of its file, with `.json` at its end. */
  readonly path: string;
  readonly text: string;
}

export interface Imported {
  /** Manifests by the names of their files. */
  readonly files: readonly { readonly name: string; readonly text: string }[];
  readonly notes: readonly Note[];
}

export function draft(
  kind: 'Service' | 'Host',
  metadata: { readonly name: string; readonly namespace?: string },
  spec: object,
  directory = '',
): Draft {
  const file = `${kind === 'Service' ? '' : `${kind.toLowerCase()}-`}${metadata.name}.json`;
  const text = JSON.stringify({ apiVersion: 'vigil.io/v1', kind, metadata, spec });
  return { path: directory === '' ? file : `${directory}/${file}`, text };
}

/** As gitopsd will read them; none when one of them is wrong, which is noted. */
export function readDrafts(drafts: readonly Draft[], notes: Note[]): readonly ParsedResource[] {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const parsed = parseManifests([...drafts], { sha256, missingReference: 'warning' });
  if (parsed.ok) return parsed.resources;
  for (const { file, path, message } of parsed.errors) {
    notes.push({ severity: 'error', place: `${file.replace(/\.json$/, '')}${path}`, message });
  }
  return [];
}

/** As people write them. */
export function filesOf(resources: readonly ParsedResource[]): Imported['files'] {
  return resources.map(({ file, manifest }) => ({
    name: file.replace(/\.json$/, '.yaml'),
    text: printManifest(manifest),
  }));
}
