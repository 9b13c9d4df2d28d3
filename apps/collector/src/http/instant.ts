/** Unix ms as RFC 3339, UTC, with milliseconds. */
export function instant(unixMs: number): string {
  return new Date(unixMs).toISOString();
}

/** For objects with optional times: nothing for nothing. */
export function optionalInstant(time: Date | number | null | undefined): string | undefined {
  if (time === null || time === undefined) return undefined;
  return typeof time === 'number' ? instant(time) : time.toISOString();
}

/** The object without what is undefined or null: absent is how an answer says "nothing". */
export function present<Shape extends object>(shape: Shape): Present<Shape> {
  const entries = Object.entries(shape).filter(
    ([, value]) => value !== undefined && value !== null,
  );
  return fromEntries<Shape>(entries);
}

export type Present<Shape> = {
  [
    Key in keyof Shape as undefined extends Shape[Key]
      ? never
      : null extends Shape[Key]
        ? never
        : Key
  ]: Shape[Key];
} & {
  [
    Key in keyof Shape as undefined extends Shape[Key] ? Key : null extends Shape[Key] ? Key : never
  ]?: Exclude<Shape[Key], undefined | null>;
};

/** The entries are those of a Shape whose empty ones were left out, which is what Present says. */
function fromEntries<Shape>(entries: [string, unknown][]): Present<Shape> {
  return Object.fromEntries(entries) as Present<Shape>;
}
