import { readSecret } from '@vigil/config';
import type { EnvValue } from '@vigil/manifests';

/** Why something cannot be used, for people. */
export interface Problem {
  readonly problem: string;
}

/** Text as it is, or what the file says now. */
export async function valueOf(value: EnvValue): Promise<{ readonly value: string } | Problem> {
  return typeof value === 'string' ? { value } : readSecret(value.secretRef.file);
}
