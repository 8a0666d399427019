import GithubSlugger from 'github-slugger';
import type { Heading, Nodes, Root, RootContent } from 'mdast';
import { toString as textOf } from 'mdast-util-to-string';
import remarkFrontmatter from 'remark-frontmatter';
import remarkGfm from 'remark-gfm';
import remarkParse from 'remark-parse';
import remarkStringify from 'remark-stringify';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { refuseDeepNesting } from './nesting.js';

const BOM = '\uFEFF';

const parser = unified().use(remarkParse).use(remarkGfm).freeze();
const frontMatterParser = unified().use(remarkParse).use(remarkGfm).use(remarkFrontmatter).freeze();
const stringifier = unified()
  .use(remarkGfm, { tablePipeAlign: false })
  .use(remarkStringify, { bullet: '-', emphasis: '_', strong: '*', fence: '`', fences: true, rule: '-' })
  .freeze();

/**
 * The mdast of a Markdown text (CommonMark, GFM, YAML front matter). Every position is a UTF-16 offset into
 * `text` itself, a leading BOM included.
 *
 * @throws NestingError when a line opens too many containers
 * @throws RangeError when blocks nest deeper than the parser's stack allows
 */
export function parse(text: string): Root {
  refuseDeepNesting(text);
  const tree = (hasFrontMatter(text) ? frontMatterParser : parser).parse(text);
  // micromark drops a leading BOM before it counts, so its offsets are one short.
  if (text.startsWith(BOM)) {
    visit(tree, ({ position }) => {
      if (position?.start.offset === undefined || position.end.offset === undefined) return;
      position.start.offset += 1;
      position.end.offset += 1;
    });
    if (tree.position) tree.position.start.offset = 0;
  }
  return tree;
}

/**
 * The form in which two fragments are compared: same Markdown after a reformat (bullets, emphasis marks, table padding,
 * re-flowed lines, line ends), same normal form. Never written to a document.
 */
export function normalForm(blocks: readonly RootContent[]): string {
  const tree: Root = structuredClone({ type: 'root', children: [...blocks] });
  visit(tree, (node) => {
    delete node.position;
    if (node.type === 'text') node.value = foldSpace(node.value);
    if (node.type === 'inlineCode') node.value = oneLine(node.value);
    if (node.type === 'code' || node.type === 'html') node.value = normalCode(node.value);
  });
  return stringifier.stringify(tree);
}

// CommonMark reads a line end in a code span as a space, mdast keeps it.
function oneLine(code: string): string {
  const [first = '', ...rest] = code.split('\n');
  if (rest.length === 0) return code;
  const last = rest.pop() ?? '';
  return [first.trimEnd(), ...rest.map((line) => line.trim()), last.trimStart()].join(' ');
}

/** Markdown of our own making, as a document of its own. */
export function markdownOf(blocks: readonly RootContent[]): string {
  return stringifier.stringify({ type: 'root', children: [...blocks] });
}

/** A code block's text with LF line ends and no space at line ends. */
export function normalCode(value: string): string {
  return value
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** The text of a heading or paragraph as a reader sees it: no markup or HTML, NFC, white space folded. */
export function plainText(node: Nodes): string {
  return foldSpace(textOf(node, { includeHtml: false }).normalize('NFC')).trim();
}

/** The headings under some nodes by the fragment that leads to them on GitHub: the second “A b” is `a-b-1`. */
export function fragmentsOf(nodes: readonly Nodes[]): Map<string, Heading> {
  const slugger = new GithubSlugger();
  const found = new Map<string, Heading>();
  for (const node of nodes) {
    visit(node, 'heading', (heading) => {
      found.set(slugger.slug(plainText(heading)), heading);
    });
  }
  return found;
}

/** Whether two nodes are the same Markdown: equal but for positions. */
export function sameNode(a: Nodes, b: Nodes): boolean {
  return signature(a) === signature(b);
}

function signature(node: Nodes): string {
  return JSON.stringify(node, (key, value) =>
    key === 'position'
      ? undefined
      : key === 'value' && typeof value === 'string'
        ? value.replaceAll('\r\n', '\n')
        : value,
  );
}

function foldSpace(text: string): string {
  return text.replace(/[ \t\n\r\u00A0]+/g, ' ');
}

// Always-on front matter misreads a document that merely opens with a thematic break (micromark-extension-frontmatter
// issue 5), so it is enabled only where the opening fence has a closing one.
function hasFrontMatter(text: string): boolean {
  const lines = text.replace(BOM, '').split(/\r?\n/, 2000);
  return isFence(lines[0]) && lines.slice(1).some(isFence);
}

function isFence(line: string | undefined): boolean {
  return line !== undefined && line.trimEnd() === '---';
}
