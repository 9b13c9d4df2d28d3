import { decodeToken } from '@vigil/contracts';
import { parseResourceId, type ResourceId } from '@vigil/manifests';

/** The resource or policy that a key of the evaluator's bucket is about. */
export function parseMemoryKey(key: string): ResourceId | undefined {
  const id = decodeToken(key.slice(key.indexOf('.') + 1));
  return id === undefined ? undefined : parseResourceId(id);
}
