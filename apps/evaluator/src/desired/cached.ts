/** A value that is computed when it is asked for, until it is forgotten. */
export class Cached<Value> {
  private value: { readonly of: Value } | undefined;

  constructor(private readonly compute: () => Value) {}

  get(): Value {
    this.value ??= { of: this.compute() };
    return this.value.of;
  }

  forget(): void {
    this.value = undefined;
  }
}
