/** How far a client has read in the two streams that feed `GET /stream`: sequences, 0 for nothing. */
export interface StreamPosition {
  readonly events: number;
  readonly actions: number;
}

/** The id of a server-sent event: `e<sequence>a<sequence>`. */
export function formatPosition({ events, actions }: StreamPosition): string {
  return `e${events}a${actions}`;
}

/** Undefined for what {@link formatPosition} did not make. */
export function parsePosition(id: string): StreamPosition | undefined {
  const match = /^e(\d{1,15})a(\d{1,15})$/.exec(id);
  if (match === null) return undefined;
  return { events: Number(match[1]), actions: Number(match[2]) };
}
