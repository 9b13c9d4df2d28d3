import { canonicalJson } from './canonical-json.js';
import { checkRevision } from './checks/revision-checks.js';
import { Declaration } from './declaration.js';
import { MANIFEST_LIMITS } from './limits.js';
import { Manifest } from './manifest.js';
import type { ManifestProblem } from './problem.js';
import { readDocument } from './read-document.js';
import type { ResourceId } from './resource-id.js';
import { readJson } from './text/json-document.js';
import { SourceText } from './text/source-text.js';
import { readYaml } from './text/yaml-documents.js';

export interface ManifestFile {
  /** Relative to the source; its end says the format (`.json`, otherwise YAML). */
  path: string;
  text: string;
}

export interface ParseOptions {
  /** SHA-256 of the UTF-8 bytes of a text, in lower-case hex. */
  sha256: (text: string) => string;
  /** Resources that other sources declare → the source. Default: none. */
  foreign?: ReadonlyMap<ResourceId, string>;
  /** What a reference to a resource that nobody declares is. Default: an error. */
  missingReference?: 'error' | 'warning';
}

export interface ParsedResource {
  resource: ResourceId;
  /** SHA-256 of the canonical JSON: the same for the same meaning, whatever the formatting. */
  digest: string;
  manifest: Manifest;
  file: string;
  line: number;
}

/** What became of one document (for a list of policies: of each policy). */
export interface DocumentReport {
  file: string;
  line: number;
  kind: string | undefined;
  name: string | undefined;
  valid: boolean;
  errors: ManifestProblem[];
}

export type ParseResult =
  | {
      ok: true;
      /** In the order of their ids. */
      resources: ParsedResource[];
      warnings: ManifestProblem[];
      documents: DocumentReport[];
    }
  | {
      ok: false;
      errors: ManifestProblem[];
      warnings: ManifestProblem[];
      documents: DocumentReport[];
    };

/**
 * Reads all manifests of a revision together, and reports everything that is wrong with them. A
 * revision is valid as a whole or not at all. Never throws, whatever the texts are.
 */
export function parseManifests(files: readonly ManifestFile[], options: ParseOptions): ParseResult {
  const declarations = readFiles(files);
  checkRevision(declarations, {
    foreign: options.foreign ?? new Map(),
    missingReference: options.missingReference ?? 'error',
  });
  const resources = declarations.flatMap((declaration) => canonicalise(declaration, options));
  const errors = bounded(declarations.flatMap((declaration) => inReadingOrder(declaration.errors)));
  const warnings = bounded(
    declarations.flatMap((declaration) => inReadingOrder(declaration.warnings)),
  );
  const documents = declarations.map(report);
  if (errors.length > 0) return { ok: false, errors, warnings, documents };
  resources.sort((a, b) => (a.resource < b.resource ? -1 : 1));
  return { ok: true, resources, warnings, documents };
}

function readFiles(files: readonly ManifestFile[]): Declaration[] {
  if (files.length <= MANIFEST_LIMITS.files) return files.flatMap(readFile);
  const message = `found ${files.length} files, expected at most ${MANIFEST_LIMITS.files}`;
  return [Declaration.ofFile(new SourceText('', ''), message)];
}

function readFile(file: ManifestFile): Declaration[] {
  const source = new SourceText(file.path, file.text);
  const { length } = source.text;
  if (length > MANIFEST_LIMITS.fileLength) {
    const message = `found ${length} characters, expected at most ${MANIFEST_LIMITS.fileLength} in a file`;
    return [Declaration.ofFile(source, message)];
  }
  const documents = file.path.toLowerCase().endsWith('.json')
    ? readJson(source.text)
    : readYaml(source.text);
  if (documents.length === 0) {
    return [Declaration.ofFile(source, 'found no manifest, expected at least one in the file')];
  }
  if (documents.length > MANIFEST_LIMITS.documentsPerFile) {
    const message = `found ${documents.length} documents, expected at most ${MANIFEST_LIMITS.documentsPerFile} in a file`;
    return [Declaration.ofFile(source, message)];
  }
  return documents.flatMap((document) => readDocument(source, document));
}

/** Hands out what its readers will read: the canonical text, read again by the canonical schema. */
function canonicalise(declaration: Declaration, options: ParseOptions): ParsedResource[] {
  const { id, manifest, source, line } = declaration;
  if (id === undefined || manifest === undefined) return [];
  const text = canonicalJson(manifest);
  if (text.length > MANIFEST_LIMITS.canonicalLength) {
    const message = `found ${text.length} characters in canonical form, expected at most ${MANIFEST_LIMITS.canonicalLength}`;
    declaration.report('error', declaration.base, message);
    return [];
  }
  const value: unknown = JSON.parse(text);
  const read = Manifest.parse(value);
  return [{ resource: id, digest: options.sha256(text), manifest: read, file: source.file, line }];
}

function inReadingOrder(problems: readonly ManifestProblem[]): ManifestProblem[] {
  return problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function bounded(problems: readonly ManifestProblem[]): ManifestProblem[] {
  const limit = MANIFEST_LIMITS.problems;
  const [last] = problems.slice(limit - 1);
  if (last === undefined || problems.length <= limit) return [...problems];
  const message = `${last.message} (and ${problems.length - limit} more problems)`;
  return [...problems.slice(0, limit - 1), { ...last, message }];
}

function report(declaration: Declaration): DocumentReport {
  const { source, line, kind, name, errors } = declaration;
  return {
    file: source.file,
    line,
    kind,
    name,
    valid: errors.length === 0,
    errors: inReadingOrder(errors),
  };
}
