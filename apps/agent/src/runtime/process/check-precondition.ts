import type { Precondition } from '@vigil/contracts';
import type { Launch } from '../../state/agent-document.js';

/** Why the operation must not be carried out on what is there; undefined when it may. */
export function unmetPrecondition(
  precondition: Precondition,
  launch: Launch | undefined,
): string | undefined {
  const live = launch?.end === undefined ? launch : undefined;
  switch (precondition.kind) {
    case 'any':
      return undefined;
    case 'absent':
      return live === undefined ? undefined : `found instance ${live.instance}, expected none`;
    case 'instance':
      if (live?.instance === precondition.instance) return undefined;
      return `found ${describe(launch)}, expected instance ${precondition.instance}`;
  }
}

function describe(launch: Launch | undefined): string {
  if (launch === undefined) return 'no replica';
  return launch.end === undefined
    ? `instance ${launch.instance}`
    : `ended instance ${launch.instance}`;
}
