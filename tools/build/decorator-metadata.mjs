import { readFile } from 'node:fs/promises';
import { sep } from 'node:path';
import { transform } from '@swc/core';

/** A decorator with arguments, in front of a class, member or parameter. */
const DECORATOR = /(^|[\s(,])@[A-Z]\w*\(/m;

/**
 * esbuild leaves out what is not used of `import * as z`, but keeps the whole of `{ z }`: all of zod
 * with its texts in forty languages, 4 MB of memory in each process.
 */
function withoutUnusedZod(source) {
  return source.replace(/^import \{ z \} from 'zod';$/m, "import * as z from 'zod';");
}

/**
 * Nest injects by the types of constructor parameters, which decorated classes carry as metadata.
 * esbuild emits none, so sources with decorators go through swc first.
 */
export function decoratorMetadata(workspace) {
  return {
    name: 'decorator-metadata',
    setup(build) {
      build.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (!path.startsWith(workspace) || path.includes(`${sep}node_modules${sep}`))
          return undefined;
        const source = withoutUnusedZod(await readFile(path, 'utf8'));
        if (!DECORATOR.test(source)) return { contents: source, loader: 'ts' };
        const { code } = await transform(source, {
          filename: path,
          swcrc: false,
          sourceMaps: 'inline',
          jsc: {
            target: 'es2023',
            parser: { syntax: 'typescript', decorators: true },
            keepClassNames: true,
            transform: {
              legacyDecorator: true,
              decoratorMetadata: true,
              useDefineForClassFields: false,
            },
          },
          module: { type: 'es6' },
        });
        return { contents: code, loader: 'js' };
      });
    },
  };
}
