// Lints texts as if they stood in files of the repository, with the repository's own configuration.
// Standard input: [{file, text}]; standard output: for each the ids of the rules that refuse it.
// A program of its own, since ESLint and Nx are not made to be loaded into a test's sandbox.
import { ESLint } from 'eslint';
import { createProjectGraphAsync } from 'nx/src/devkit-exports.js';

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);

// the boundary rule reads the stored graph and lets everything pass when there is none
await createProjectGraphAsync();
const eslint = new ESLint();
const answers = [];
for (const { file, text } of JSON.parse(Buffer.concat(chunks).toString('utf8'))) {
  const [result] = await eslint.lintText(text, { filePath: file });
  answers.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(answers), () => process.exit(0));
