import type { Comparison } from './ast.js';

/** An interval of numbers, each end in or out, without some single points of it. */
export class NumberSet {
  private constructor(
    private readonly min: number,
    private readonly max: number,
    private readonly minIn: boolean,
    private readonly maxIn: boolean,
    private readonly holes: readonly number[],
  ) {}

  /** From `min` to `max`, both included. */
  static between(min: number, max: number): NumberSet {
    return new NumberSet(min, max, true, true, []);
  }

  /** Every number for which `number op limit` holds. */
  static meeting(op: Comparison, limit: number): NumberSet {
    const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
    switch (op) {
      case '>':
        return new NumberSet(limit, high, false, true, []);
      case '>=':
        return new NumberSet(limit, high, true, true, []);
      case '<':
        return new NumberSet(low, limit, true, false, []);
      case '<=':
        return new NumberSet(low, limit, true, true, []);
      case '==':
        return new NumberSet(limit, limit, true, true, []);
      case '!=':
        return new NumberSet(low, high, true, true, [limit]);
    }
  }

  /** What is in both. */
  and(other: NumberSet): NumberSet {
    const min = Math.max(this.min, other.min);
    const max = Math.min(this.max, other.max);
    return new NumberSet(
      min,
      max,
      (this.min < min || this.minIn) && (other.min < min || other.minIn),
      (this.max > max || this.maxIn) && (other.max > max || other.maxIn),
      [...this.holes, ...other.holes],
    );
  }

  isEmpty(): boolean {
    if (this.min > this.max) return true;
    if (this.min < this.max) return false;
    return !this.minIn || !this.maxIn || this.holes.includes(this.min);
  }

  meets(other: NumberSet): boolean {
    return !this.and(other).isEmpty();
  }

  /** True when everything in this set is in the other. */
  isWithin(other: NumberSet): boolean {
    const lowFits =
      this.min > other.min || (this.min === other.min && (other.minIn || !this.minIn));
    const highFits =
      this.max < other.max || (this.max === other.max && (other.maxIn || !this.maxIn));
    return lowFits && highFits && other.holes.every((hole) => !this.has(hole));
  }

  describe(): string {
    if (this.min === Number.NEGATIVE_INFINITY) return `at most ${this.max}`;
    if (this.max === Number.POSITIVE_INFINITY) return `at least ${this.min}`;
    return `from ${this.min} to ${this.max}`;
  }

  private has(value: number): boolean {
    const aboveMin = value > this.min || (value === this.min && this.minIn);
    const belowMax = value < this.max || (value === this.max && this.maxIn);
    return aboveMin && belowMax && !this.holes.includes(value);
  }
}
