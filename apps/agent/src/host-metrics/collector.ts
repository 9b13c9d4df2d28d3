/** One value of the host; the time is the same for all of one collection. */
export interface HostSample {
  readonly name: string;
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
}

/** `no-data`: there is nothing to measure (yet), which is no fault. A fault is thrown. */
export type Collected =
  | { readonly kind: 'samples'; readonly samples: readonly HostSample[] }
  | { readonly kind: 'no-data'; readonly why: string };

/** One subject that the agent measures. */
export interface Collector {
  readonly name: string;
  collect(): Collected | Promise<Collected>;
}

export function samples(...values: readonly HostSample[]): Collected {
  return { kind: 'samples', samples: values };
}

export function noData(why: string): Collected {
  return { kind: 'no-data', why };
}
