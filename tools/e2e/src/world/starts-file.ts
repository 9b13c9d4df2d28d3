import { temporaryDirectory } from '@vigil/testkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where every process of a service notes its start: also one that nobody saw. */
export class StartsFile {
  readonly path = join(temporaryDirectory('starts'), 'pids');

  count(): number {
    if (!existsSync(this.path)) return 0;
    return readFileSync(this.path, 'utf8').trim().split(' ').length;
  }
}
