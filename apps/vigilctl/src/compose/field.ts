import type { Note } from '../importing/note.js';

/** A value of a Compose file, with its place for whatever has to be said about it. */
export class Field {
  constructor(
    private readonly value: unknown,
    readonly place: string,
    private readonly notes: Note[],
  ) {}

  get isAbsent(): boolean {
    return this.value === undefined || this.value === null;
  }

  get isText(): boolean {
    return ['string', 'number', 'boolean'].includes(typeof this.value);
  }

  get isList(): boolean {
    return Array.isArray(this.value);
  }

  /** Also of numbers and truth values, which Compose takes as they are written. */
  text(): string {
    if (typeof this.value === 'string') return this.value;
    if (typeof this.value === 'number' || typeof this.value === 'boolean') return `${this.value}`;
    if (!this.isAbsent) this.error('found no text, expected text');
    return '';
  }

  flag(): boolean {
    return this.text() === 'true';
  }

  list(): Field[] {
    if (this.isAbsent) return [];
    if (!Array.isArray(this.value)) return [this];
    return this.value.map((item: unknown, index) => this.child(item, String(index)));
  }

  /** The entries of a map; none of anything else. */
  entries(): [string, Field][] {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
    return Object.entries(value).map(([key, item]) => [key, this.child(item, key)]);
  }

  get(key: string): Field {
    const found = this.entries().find(([name]) => name === key);
    return found?.[1] ?? this.child(undefined, key);
  }

  /** A map, or a list of `name=value`; a name alone has no value. */
  pairs(): [string, string | undefined][] {
    if (!this.isList) {
      return this.entries().map(([name, item]) => [name, item.isAbsent ? undefined : item.text()]);
    }
    return this.list().map((item) => {
      const text = item.text();
      const at = text.indexOf('=');
      return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
    });
  }

  warn(message: string): void {
    if (!this.isAbsent) this.notes.push({ severity: 'warning', place: this.place, message });
  }

  error(message: string): void {
    this.notes.push({ severity: 'error', place: this.place, message });
  }

  private child(value: unknown, key: string): Field {
    return new Field(value, this.place === '' ? key : `${this.place}.${key}`, this.notes);
  }
}
