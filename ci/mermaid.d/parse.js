// node parse.js FILE…: parses every Mermaid fence of Markdown files, and .mmd
// files whole, with Mermaid itself. 0: all are right, 1: some are not.
import { readFile } from 'node:fs/promises';
import { JSDOM } from 'jsdom';
import { marked } from 'marked';

// Mermaid cleans labels with DOMPurify, which needs a document.
const { window } = new JSDOM('');
globalThis.window = window;
globalThis.document = window.document;
const { default: mermaid } = await import('mermaid');

async function fault(graph) {
  try {
    await mermaid.parse(graph);
    return null;
  } catch (error) {
    return String(error.message ?? error).trimEnd();
  }
}

// Where these pass, or a good one does not, it is no parser.
for (const broken of ['graph LR\n  end(', 'graph LR\n  n1[a (b)]', 'graf LR'])
  if ((await fault(broken)) === null)
    throw new Error(`this Mermaid accepts a broken graph: ${broken}`);
if ((await fault('graph LR\n  n1["a"] -->|"b"| n2(["c #35;"])')) !== null)
  throw new Error('this Mermaid refuses a good graph');

function graphs(file, text) {
  if (file.endsWith('.mmd')) return [{ line: 1, graph: text }];
  const found = [];
  let from = 0;
  marked.walkTokens(marked.lexer(text), (token) => {
    if (token.type !== 'code' || token.lang?.trim() !== 'mermaid') return;
    from = text.indexOf('```mermaid', from) + 1;
    const line = text.slice(0, from).split('\n').length;
    found.push({ line, graph: token.text });
  });
  return found;
}

let seen = 0;
let bad = 0;
for (const file of process.argv.slice(2))
  for (const { line, graph } of graphs(file, await readFile(file, 'utf8'))) {
    ++seen;
    const why = await fault(graph);
    if (why === null) continue;
    ++bad;
    console.error(`${file}:${line}: ${why}`);
  }
console.log(`${seen} graphs, ${bad} that Mermaid does not understand`);
process.exitCode = bad > 0 ? 1 : 0;
