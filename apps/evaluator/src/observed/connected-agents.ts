/** When the agents of hosts have opened their channels, as far as it was heard, by our own clock. */
export class ConnectedAgents {
  private readonly openedAt = new Map<string, number>();

  opened(host: string, at: number): void {
    this.openedAt.set(host, at);
  }

  /** Unix ms; 0 when nothing was heard of the host's channel. */
  lastOpenedAt(host: string): number {
    return this.openedAt.get(host) ?? 0;
  }
}
