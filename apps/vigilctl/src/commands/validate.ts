import { parseManifests, type DocumentReport, type ManifestFile } from '@vigil/manifests';
import type { Command } from 'commander';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { colours } from '../output/colours.js';
import type { CommandRunner } from '../command-context.js';
import { CommandFailure, EXIT } from '../exit-codes.js';

const MANIFEST_NAME = /\.(ya?ml|json)$/i;

export function addValidate(program: Command, runner: CommandRunner): void {
  const command = program
    .command('validate')
    .argument('<file...>', 'files, or directories with manifests')
    .description('check manifests offline, as gitopsd does; exits 1 when anything is invalid')
    .action((paths: string[]) =>
      runner.run(command, async ({ show, world }) => {
        const files = paths.flatMap((path) => manifestsAt(path, world.directory));
        // what the files do not declare may be declared elsewhere in the source
        const result = parseManifests(files, { sha256, missingReference: 'warning' });
        const documents = result.documents.map(toReport);
        show({ documents }, () => render(result.documents));
        for (const { file, line, column, message } of result.warnings) {
          world.err(colours.yellow(`${file}:${line}:${column}: warning: ${message}`));
        }
        return Promise.resolve(result.ok ? EXIT.ok : EXIT.negative);
      }),
    );
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

function manifestsAt(path: string, directory: string): ManifestFile[] {
  const absolute = resolve(directory, path);
  try {
    if (!statSync(absolute).isDirectory()) {
      return [{ path, text: readFileSync(absolute, 'utf8') }];
    }
    return readdirSync(absolute, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.'))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
      .filter((entry) => entry.isDirectory() || MANIFEST_NAME.test(entry.name))
      .flatMap((entry) => manifestsAt(join(path, entry.name), directory));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CommandFailure(`cannot read ${path}: ${reason}`, EXIT.usage);
  }
}

/** The JSON form that scripts rely on. */
function toReport({ file, line, kind, name, valid, errors }: DocumentReport) {
  return {
    file,
    line,
    kind: kind ?? null,
    name: name ?? null,
    valid,
    errors: errors.map((error) => ({
      path: error.path,
      line: error.line,
      message: error.message,
    })),
  };
}

function render(documents: readonly DocumentReport[]): string {
  return documents
    .flatMap(({ file, line, kind, name, valid, errors }) => {
      const what = `${file}:${line} ${kind ?? 'document'} ${name ?? ''}`.trimEnd();
      if (valid) return [`${colours.green('valid')}    ${what}`];
      return [
        `${colours.red('invalid')}  ${what}`,
        ...errors.map(
          (error) =>
            `         ${error.line}:${error.column} ${error.path || '/'}: ${error.message}`,
        ),
      ];
    })
    .join('\n');
}
