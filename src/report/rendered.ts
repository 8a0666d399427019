import type { Element, ElementContent, Root as HastRoot } from 'hast';
import { h } from 'hastscript';
import type { Definition, FootnoteDefinition, Root, RootContent } from 'mdast';
import rehypeRaw from 'rehype-raw';
import rehypeSanitize, { defaultSchema } from 'rehype-sanitize';
import remarkRehype from 'remark-rehype';
import { unified } from 'unified';
import { SKIP, visit } from 'unist-util-visit';
import { parse } from '../blocks.js';
import { DeadlineError, deadlineFor, within } from '../deadline.js';
import { isMarkdownName, type Span, spanOf } from '../document.js';
import { fragmentsOf } from '../markdown.js';
import { NestingError } from '../nesting.js';
import { visible } from './terminal.js';
import { codeParts } from './words.js';

/** Characters of Markdown beyond which a text is not rendered as a whole. */
const MOST = 256 * 1024;

/** Renders parts of one text: Markdown as GitHub would show it, anything else as it is. */
export interface Renderer {
  /** The blocks in a span. */
  readonly part: (span: Span) => ElementContent[];
  /** All of it, its headings with ids; undefined where it is too long to be shown or to be read in time. */
  readonly whole: () => ElementContent[] | undefined;
}

/**
 * What a text looks like. Raw HTML in it is kept as far as GitHub keeps it: nothing in it can run, load or style anything.
 *
 * @param prefix of all ids, unique on the page
 * @param elsewhere the id that a fragment leads to where a part does not hold it, if any
 */
export function rendererOf(
  path: string,
  text: string,
  prefix: string,
  elsewhere: (fragment: string) => string | undefined,
): Renderer {
  const tree = isMarkdownName(path) && text.length <= MOST ? parsed(text) : undefined;
  const definitions = (tree?.children ?? []).filter(
    (block): block is Definition | FootnoteDefinition =>
      block.type === 'definition' || block.type === 'footnoteDefinition',
  );
  const plain = ({ start, end }: Span): ElementContent[] => [
    h(
      'pre',
      { tabIndex: 0 },
      h('code', visible(text.slice(start, Math.min(end, start + MOST)).replaceAll('\r\n', '\n'))),
    ),
  ];
  let parts = 0;
  return {
    part: (span) => {
      if (!isMarkdownName(path)) return plain(span);
      // The blocks of a span are the same when they are read alone: it begins and ends with them.
      const blocks = tree ? blocksIn(tree, span) : parsed(text.slice(span.start, span.end))?.children;
      const rest = definitions.filter((one) => !blocks?.includes(one));
      parts += 1;
      return (blocks && rendered([...blocks, ...rest], `${prefix}${parts}-`, elsewhere, text)) ?? plain(span);
    },
    whole: () => {
      if (!tree) return undefined;
      for (const [id, heading] of fragmentsOf(tree.children)) heading.data = { ...heading.data, hProperties: { id } };
      return rendered(tree.children, `${prefix}0-`, () => undefined, text);
    },
  };
}

/** A sentence of ours, with what it names in code. */
export function sentence(text: string): ElementContent[] {
  return codeParts(visible(text)).flatMap((part, index): ElementContent[] =>
    part === '' ? [] : [index % 2 === 1 ? h('code', part) : { type: 'text', value: part }],
  );
}

function parsed(text: string): Root | undefined {
  // What is shown gets notes of its own.
  return inTime(text, () => structuredClone(parse(text)));
}

function inTime<T>(text: string, task: () => T): T | undefined {
  try {
    return within(deadlineFor(text), task);
  } catch (error) {
    if (error instanceof DeadlineError || error instanceof NestingError || error instanceof RangeError)
      return undefined;
    throw error;
  }
}

function blocksIn({ children }: Root, { start, end }: Span): RootContent[] {
  return children.filter((block) => spanOf(block).start < end && spanOf(block).end > start);
}

/**
 * Blocks as HTML.
 *
 * @param prefix of the ids in it
 * @param elsewhere the id that a fragment leads to outside of them, if any
 */
function rendered(
  blocks: readonly RootContent[],
  prefix: string,
  elsewhere: (fragment: string) => string | undefined,
  text: string,
): ElementContent[] | undefined {
  const processor = unified()
    .use(remarkRehype, { allowDangerousHtml: true, clobberPrefix: '' })
    .use(rehypeRaw)
    .use(rehypeSanitize, { ...defaultSchema, clobberPrefix: prefix });
  return inTime(text, () => {
    const root: Root = { type: 'root', children: structuredClone([...blocks]) };
    const tree = processor.runSync(root) as HastRoot;
    const ids = new Set<string>();
    visit(tree, 'element', ({ properties }) => {
      for (const [name, value] of Object.entries(properties)) {
        if (typeof value === 'string') properties[name] = name === 'href' ? encoded(value) : visible(value);
        if (Array.isArray(value)) properties[name] = value.map((one) => (typeof one === 'string' ? visible(one) : one));
      }
      if (typeof properties['id'] === 'string') ids.add(properties['id']);
    });
    visit(tree, (node, index, parent) => {
      // Fenced code keeps its CRLFs through a parse.
      if (node.type === 'text') node.value = visible(node.value.replaceAll('\r\n', '\n'));
      if (node.type !== 'element' || !parent || index === undefined) return undefined;
      const settled = settle(node, (fragment) => {
        if (ids.has(prefix + fragment)) return prefix + fragment;
        return elsewhere(fragment);
      });
      if (settled === node) return undefined;
      parent.children[index] = settled;
      return [SKIP, index + 1];
    });
    visit(tree, 'element', (node, index, parent) => {
      if (node.tagName !== 'table' || !parent || index === undefined) return undefined;
      parent.children[index] = h('div', { className: ['scroll'], tabIndex: 0 }, node);
      return [SKIP, index + 1];
    });
    return tree.children.filter((node): node is ElementContent => node.type !== 'doctype');
  });
}

// What a page of its own cannot or should not show as it is. Headings of the document are none of the page.
function settle(node: Element, target: (fragment: string) => string | undefined): Element {
  const { tagName, properties } = node;
  if (/^h[1-6]$/.test(tagName)) {
    node.tagName = 'div';
    const { className: _, ...rest } = properties;
    node.properties = { ...rest, className: ['h', tagName] };
  }
  if (tagName === 'img')
    return h('span', { className: ['image'] }, `image: ${visible(String(properties['alt'] ?? ''))}`);
  if (tagName === 'source') return h('span');
  if (tagName === 'input') {
    const isDone = properties['checked'] === true;
    return h('span', { className: ['box'], role: 'img', ariaLabel: isDone ? 'done' : 'not done' }, isDone ? '☑' : '☐');
  }
  if (tagName === 'pre') node.properties = { ...properties, tabIndex: 0 };
  if (tagName === 'a' && typeof properties['href'] === 'string') {
    const { href, ...rest } = properties;
    const fragment = href.startsWith('#') ? target(decoded(href.slice(1))) : undefined;
    node.properties = href.startsWith('#')
      ? { ...rest, ...(fragment !== undefined && { href: `#${fragment}` }) }
      : { ...rest, ...(/^[a-z][a-z+.-]*:/i.test(href) && { href, rel: ['noopener', 'noreferrer', 'nofollow'] }) };
  }
  return node;
}

// An address in which nothing is invisible.
function encoded(address: string): string {
  return [...address].map((one) => (visible(one) === one ? one : encodeURIComponent(one.toWellFormed()))).join('');
}

function decoded(fragment: string): string {
  try {
    return visible(decodeURIComponent(fragment));
  } catch {
    return fragment;
  }
}
