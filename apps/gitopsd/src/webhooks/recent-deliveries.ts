/** More than forges send in the time that they repeat one. */
const MAX_KEPT = 10_000;

/** Deliveries that were taken, so that a repetition of one does nothing again. */
export class RecentDeliveries {
  private readonly ids = new Set<string>();

  /** False when it was taken before. */
  take(id: string): boolean {
    if (this.ids.has(id)) return false;
    this.ids.add(id);
    const [oldest] = this.ids;
    if (this.ids.size > MAX_KEPT && oldest !== undefined) this.ids.delete(oldest);
    return true;
  }
}
