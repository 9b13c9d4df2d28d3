import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { VOLUME_WITHOUT_NAME } from '../importing/note.js';
import type { Field } from './field.js';

export interface VolumeContext {
  /** Where relative paths begin. */
  readonly directory: string;
  /** The engine's name of a volume that the project declares. */
  readonly volumeName: (name: string) => string;
}

/** The mounts as a manifest says them, `data:/data` or `/srv/www:/www:ro`. */
export function volumesOf(field: Field, context: VolumeContext): string[] {
  return field.list().flatMap((volume) => {
    return volume.isText ? shortVolume(volume, context) : longVolume(volume, context);
  });
}

function shortVolume(field: Field, context: VolumeContext): string[] {
  const [source = '', target, mode = 'rw'] = field.text().split(':');
  if (target === undefined) {
    field.warn(VOLUME_WITHOUT_NAME);
    return [];
  }
  const modes = mode.split(',');
  const unsaid = modes.filter((each) => each !== 'ro' && each !== 'rw');
  if (unsaid.length > 0) field.warn(`a manifest says ro or rw, and not ${unsaid.join(', ')}`);
  return [volume(sourceOf(source, context), target, modes.includes('ro'))];
}

function longVolume(field: Field, context: VolumeContext): string[] {
  const type = field.get('type').text();
  const source = field.get('source');
  const target = field.get('target').text();
  for (const [key, item] of field.entries()) {
    if (!['type', 'source', 'target', 'read_only'].includes(key)) item.warn(`${key} is left out`);
  }
  if ((type !== 'bind' && type !== 'volume') || source.isAbsent) {
    field.warn(`a manifest says volumes with names and paths of the host: this one is left out`);
    return [];
  }
  const name = type === 'bind' ? pathOf(source.text(), context) : context.volumeName(source.text());
  return [volume(name, target, field.get('read_only').flag())];
}

function volume(source: string, target: string, isReadOnly: boolean): string {
  return `${source}:${target}${isReadOnly ? ':ro' : ''}`;
}

function sourceOf(source: string, context: VolumeContext): string {
  return /^[./~]/.test(source) ? pathOf(source, context) : context.volumeName(source);
}

function pathOf(source: string, { directory }: VolumeContext): string {
  return resolve(directory, source.replace(/^~(?=\/|$)/, homedir()));
}
