import type { ManifestFile, ManifestProblem } from '@vigil/manifests';
import { SOURCE_LIMITS } from './manifest-source.js';

/** The text of a file, or why it has none. Manifests are UTF-8. */
export function decodeManifest(
  path: string,
  bytes: Uint8Array,
): { file: ManifestFile } | { problem: ManifestProblem } {
  if (bytes.byteLength > SOURCE_LIMITS.bytesPerFile) {
    return {
      problem: fileProblem(
        path,
        `found ${bytes.byteLength} bytes, expected at most ${SOURCE_LIMITS.bytesPerFile}`,
      ),
    };
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { file: { path, text } };
  } catch {
    return { problem: fileProblem(path, 'found bytes that are no text, expected UTF-8') };
  }
}

export function fileProblem(file: string, message: string): ManifestProblem {
  return { file, line: 0, column: 0, path: '', message };
}
