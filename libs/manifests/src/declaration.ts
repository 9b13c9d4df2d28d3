import type { Manifest } from './manifest.js';
import { jsonPointer, type ManifestProblem } from './problem.js';
import type { ResourceId } from './resource-id.js';
import { nodeAt, offsetOf, offsetWithin, type Node } from './text/node.js';
import type { SourceText } from './text/source-text.js';

/** One resource as a file declares it, with everything that was found wrong with it so far. */
export class Declaration {
  kind: string | undefined;
  name: string | undefined;
  /** Known as soon as kind and name are, also when the rest is invalid. */
  id: ResourceId | undefined;
  /** Set when the declaration can be read as a whole. */
  manifest: Manifest | undefined;
  readonly errors: ManifestProblem[] = [];
  readonly warnings: ManifestProblem[] = [];

  /** `base` is the path of the declaration in its document: an entry of a list, or the whole. */
  constructor(
    readonly source: SourceText,
    private readonly offset: number,
    readonly root?: Node,
    readonly base: readonly PropertyKey[] = [],
  ) {}

  /** The line where it begins. */
  get line(): number {
    return this.source.position(this.offset).line;
  }

  /** Reports something about the value at a path (from the document's root). */
  report(severity: 'error' | 'warning', path: readonly PropertyKey[], message: string): void {
    const offset = this.root === undefined ? this.offset : offsetOf(this.root, path);
    this.reportAt(severity, offset, path, message);
  }

  reportAt(
    severity: 'error' | 'warning',
    offset: number,
    path: readonly PropertyKey[],
    message: string,
  ): void {
    const place = { file: this.source.file, ...this.source.position(offset) };
    const list = severity === 'error' ? this.errors : this.warnings;
    list.push({ ...place, path: jsonPointer(path), message });
  }

  /** Reports an error about one character of a text value. */
  reportWithin(
    severity: 'error' | 'warning',
    path: readonly PropertyKey[],
    index: number,
    message: string,
  ): void {
    const node = this.root === undefined ? undefined : nodeAt(this.root, path);
    const offset =
      node?.kind === 'scalar' ? offsetWithin(this.source.text, node, index) : this.offset;
    this.reportAt(severity, offset, path, message);
  }

  /** A problem of the file as a whole: it has no line. */
  static ofFile(source: SourceText, message: string): Declaration {
    const declaration = new Declaration(source, 0);
    declaration.errors.push({ file: source.file, line: 0, column: 0, path: '', message });
    return declaration;
  }
}
