import type { Precondition } from '@vigil/contracts';

/** A launch, by whatever it runs; it lives while it has no end. */
export interface AnyLaunch {
  readonly instance: string;
  readonly end?: unknown;
}

/** Why the operation must not be carried out on what is there; undefined when it may. */
export function unmetPrecondition(
  precondition: Precondition,
  launch: AnyLaunch | undefined,
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

function describe(launch: AnyLaunch | undefined): string {
  if (launch === undefined) return 'no replica';
  return launch.end === undefined
    ? `instance ${launch.instance}`
    : `ended instance ${launch.instance}`;
}
