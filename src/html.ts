import type { Html, Root } from 'mdast';
import { visitParents } from 'unist-util-visit-parents';

/** A part of a document's HTML that was opened, so that nothing behind it is seen as what it is. */
export interface OpenHtml {
  /** Completes “the place lies in …”. */
  readonly what: string;
  /** 1-based. */
  readonly line: number;
}

/** Whether Markdown reads an HTML block on past blank lines, because what ends it is missing: a comment, a `<pre>`. */
export function isUnfinishedBlock(html: string): boolean {
  const text = html.toLowerCase();
  const [, closing] = BLOCKS.find(([start]) => start.test(text)) ?? [];
  // From the third character on: `<!-->` is a whole comment.
  return closing !== undefined && !text.includes(closing, 2);
}

// The HTML blocks of CommonMark that blank lines do not end (start conditions 1 to 5).
const BLOCKS: readonly (readonly [RegExp, string])[] = [
  [/^<!--/, '-->'],
  [/^<!\[cdata\[/, ']]>'],
  [/^<!/, '>'],
  [/^<\?/, '?>'],
  [/^<pre(?![^\s>])/, '</pre>'],
  [/^<script(?![^\s>])/, '</script>'],
  [/^<style(?![^\s>])/, '</style>'],
  [/^<textarea(?![^\s>])/, '</textarea>'],
];

/**
 * What folds away or hides whatever stands at `offset`, in a browser: an element that is open there, such as `<details>`, or
 * HTML that breaks off. In doubt it is open: an end tag counts only where all that was opened since is closed, or closes by
 * itself. Footnotes are shown elsewhere.
 *
 * @param offset the end of the document by default
 */
export function openHtmlAt(tree: Root, offset = Number.POSITIVE_INFINITY): OpenHtml | undefined {
  // From the first that hides on.
  const open: (OpenHtml & Pick<Tag, 'name' | 'hides'> & { readonly parent: unknown })[] = [];
  visitParents(tree, 'html', (node: Html, ancestors) => {
    const { start } = node.position ?? {};
    if ((start?.offset ?? 0) >= offset || ancestors.some(({ type }) => type === 'footnoteDefinition')) return;
    const parent = ancestors.at(-1);
    for (const { name, isClosing, hides, what, at } of tagsIn(node.value)) {
      if (isClosing) {
        // An inline element does not end in another paragraph than it began in.
        const own = open.findLastIndex(
          (element) => element.name === name && (element.parent === parent || BLOCK.test(name)),
        );
        if (own !== -1 && open.slice(own + 1).every((element) => BLOCK.test(name) && CLOSES_ITSELF.test(element.name)))
          open.length = own;
      } else if ((hides || open.length > 0) && !VOID.test(name)) {
        open.push({ name, hides, what, parent, line: (start?.line ?? 1) + count(node.value, at) });
      }
    }
  });
  return open.findLast(({ hides }) => hides);
}

interface Tag {
  /** In lower case; '' for what no tag can close. */
  readonly name: string;
  readonly isClosing: boolean;
  readonly hides: boolean;
  readonly what: string;
  readonly at: number;
}

// Elements whose content is text to the end tag, whatever it looks like.
const RAW = /^(?:script|style|textarea|title|xmp|iframe|noembed|noframes|plaintext)$/;
const HIDING = /^(?:details|dialog|template|noscript)$/;
const CLOSES_ITSELF = /^(?:p|li|dt|dd|option|optgroup|rp|rt)$/;
const BLOCK =
  /^(?:details|dialog|template|noscript|script|style|textarea|title|article|aside|div|fieldset|figure|footer|header|main|nav|section)$/;
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;

// The tags of a piece of HTML as the HTML standard reads it. A piece that breaks off ends in a tag without a name.
function tagsIn(html: string): Tag[] {
  const tags: Tag[] = [];
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  const broken = (what: string, at: number): Tag[] => [...tags, { name: '', isClosing: false, hides: true, what, at }];
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
    const [, slash = '', name = ''] = /^<(\/?)([a-z][^\s/>]*)/i.exec(html.slice(at, at + 100)) ?? [];
    if (html.startsWith('<!--', at)) {
      const end = commentEnd(html, at);
      if (end === -1) return broken('an HTML comment', at);
      at = end;
    } else if (name === '' && /[!?/]/.test(html[at + 1] ?? '')) {
      const end = html.indexOf('>', at);
      if (end === -1) return broken('an HTML tag', at);
      at = end;
    } else if (name === '') at += 1;
    else {
      const end = tagEnd(html, at + 1 + slash.length + name.length);
      if (end === -1) return broken('an HTML tag', at);
      const tag = tagOf(name.toLowerCase(), slash !== '', html.slice(at, end), at);
      at = end;
      const isRaw = !tag.isClosing && RAW.test(tag.name);
      const close = isRaw ? lower.indexOf(`</${tag.name}`, at) : -1;
      // A script with a comment in it ends where only a browser knows.
      if (close !== -1 && tag.name === 'script' && html.slice(at, close).includes('<!--')) return broken(tag.what, at);
      if (close !== -1) at = close;
      tags.push(tag);
      if (isRaw && close === -1) return tags;
    }
  }
  return tags;
}

function tagOf(name: string, isClosing: boolean, source: string, at: number): Tag {
  const isHidden = !isClosing && !VOID.test(name) && /[\s"'/]hidden(?=[\s=/>])/i.test(source);
  const what = `a <${name}${isHidden ? ' hidden' : ''}>`;
  return { name, isClosing, hides: isHidden || HIDING.test(name) || RAW.test(name), what, at };
}

// A comment may end at once: `<!-->`.
function commentEnd(html: string, at: number): number {
  const [short] = /^<!---?>/.exec(html.slice(at, at + 6)) ?? [];
  if (short !== undefined) return at + short.length;
  const end = /--!?>/g;
  end.lastIndex = at + 4;
  return end.exec(html) ? end.lastIndex : -1;
}

// The offset behind the `>` that ends a tag; those in quoted values do not.
function tagEnd(html: string, from: number): number {
  let quote = '';
  let before = '';
  for (let at = from; at < html.length; at += 1) {
    const character = html[at] ?? '';
    if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '>') return at + 1;
    else if (before === '=' && (character === '"' || character === "'")) quote = character;
    if (character.trim() !== '') before = character;
  }
  return -1;
}

function count(html: string, end: number): number {
  return html.slice(0, end).split('\n').length - 1;
}
