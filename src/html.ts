import type { Html, Root, RootContent } from 'mdast';
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
  const [, closing] = UNTIL_CLOSED.find(([start]) => start.test(text)) ?? [];
  // From the third character on: `<!-->` is a whole comment.
  return closing !== undefined && !text.includes(closing, 2);
}

// The HTML blocks of CommonMark that blank lines do not end (start conditions 1 to 5).
const UNTIL_CLOSED: readonly (readonly [RegExp, string])[] = [
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
 * HTML that breaks off. In doubt it is open. Footnotes are shown elsewhere.
 *
 * @param blocks those of the document, or of them all that hold HTML
 * @param offset the end of the document by default
 */
export function openHtmlAt(blocks: readonly RootContent[], offset = Number.POSITIVE_INFINITY): OpenHtml | undefined {
  const open: OpenElement[] = [];
  let last: OpenElement | undefined;
  const root: Root = { type: 'root', children: [...blocks] };
  visitParents(root, 'html', (node: Html, ancestors) => {
    const { start } = node.position ?? {};
    if ((start?.offset ?? 0) >= offset || ancestors.some(({ type }) => type === 'footnoteDefinition')) return;
    const parent = ancestors.at(-1);
    for (const { name, isClosing, hides, what, line } of tagsIn(node.value)) {
      if (isClosing) open.length = closedBy(name, open, last?.parent === parent ? last : undefined);
      // Within drawings and formulas tags have other rules: what hides there is taken to stay open.
      const isForeign = hides && open.some((element) => element.name === 'svg' || element.name === 'math');
      last = isClosing
        ? undefined
        : { name: isForeign ? '' : name, hides, what, line: (start?.line ?? 1) + line, parent };
      // Of others only those matter by which an end tag could be meant, or which keep one from its element.
      if (last && (hides || SCOPES.test(name) || open.some((element) => element.name === name))) open.push(last);
    }
  });
  return open.find(({ hides }) => hides);
}

interface OpenElement extends OpenHtml {
  readonly name: string;
  readonly hides: boolean;
  readonly parent: unknown;
}

// How many elements stay open. As the HTML standard has it, the end tag of a block closes all that was opened in it, but
// reaches out of no table or the like, nor, for it may be a stray one, of what hides; that of another element counts only right
// behind its start tag.
function closedBy(name: string, open: readonly OpenElement[], last: OpenElement | undefined): number {
  const own = open.findLastIndex((element) => element.name === name);
  if (own === -1) return open.length;
  if (!BLOCK.test(name) && !SCOPES.test(name) && !RAW.test(name))
    return last !== undefined && open[own] === last ? own : open.length;
  return open.slice(own + 1).some((element) => element.hides || SCOPES.test(element.name)) ? open.length : own;
}

interface Tag {
  /** In lower case; '' for what no tag can close. */
  readonly name: string;
  readonly isClosing: boolean;
  readonly hides: boolean;
  readonly what: string;
  /** Lines before it. */
  readonly line: number;
}

// Elements whose content is text to the end tag, whatever it looks like.
const RAW = /^(?:script|style|textarea|title|xmp|iframe|noembed|noframes)$/;
const HIDING = /^(?:details|dialog|template|noscript|datalist|canvas|video|audio|object|select)$/;
const BLOCK =
  /^(?:details|dialog|address|article|aside|blockquote|center|div|dl|fieldset|figcaption|figure|footer|header|main|menu|nav|ol|pre|search|section|summary|ul)$/;
const SCOPES = /^(?:table|template|svg|math|select|object|marquee|applet)$/;
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;

// The tags of a piece of HTML as the HTML standard reads it. A piece that breaks off ends in a tag without a name.
function tagsIn(html: string): Tag[] {
  const tags: Tag[] = [];
  const lower = html.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
  let line = 0;
  let counted = 0;
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at)) {
    for (; counted < at; counted += 1) if (html[counted] === '\n') line += 1;
    const broken = (what: string): Tag[] => [...tags, { name: '', isClosing: false, hides: true, what, line }];
    const [, slash = '', name = ''] = /^<(\/?)([a-z][^\t\n\f\r />]*)/.exec(lower.slice(at, at + 100)) ?? [];
    if (name === '') {
      const end = remarkEnd(html, at);
      if (end === -1) return broken(html.startsWith('<!--', at) ? 'an HTML comment' : 'an HTML tag');
      at = end;
      continue;
    }
    const { end, names, values } = attributesAt(lower, at + 1 + slash.length + name.length);
    if (end === -1) return broken('an HTML tag');
    at = end;
    const isClosing = slash !== '';
    const isHidden =
      names.some((one) => one === 'hidden' || one === 'popover') || values.some((one) => NOT_SHOWN.test(one));
    const hides = !isClosing && !VOID.test(name) && (isHidden || HIDING.test(name) || RAW.test(name));
    const tag = { name, isClosing, hides, what: `a <${name}${isHidden ? ' …' : ''}>`, line };
    // What follows is text for good, or as long as only a browser knows.
    if (!isClosing && name === 'plaintext') return broken(tag.what);
    tags.push(tag);
    if (isClosing || !RAW.test(name)) continue;
    const close = lower.indexOf(`</${name}`, at);
    if (close === -1) return tags;
    const content = html.slice(at, close);
    if (name === 'script' && content.includes('<!--')) return broken(tag.what);
    // Text without tags is text in any case, also in the <title> of an <svg>.
    if (!content.includes('<')) tags.pop();
    at = close;
  }
  return tags;
}

const NOT_SHOWN = /display:none|visibility:hidden/;

// The offset behind a comment, a declaration, or a `<` that is text; -1 when it does not end.
function remarkEnd(html: string, at: number): number {
  // Whether this ends at `>` or at `]]>` depends on what it stands in.
  if (/^<!\[cdata\[/i.test(html.slice(at, at + 9))) return -1;
  if (!html.startsWith('<!--', at)) return /[!?/]/.test(html[at + 1] ?? '') ? html.indexOf('>', at) : at + 1;
  // A comment may end at once: `<!-->`.
  const [short] = /^<!---?>/.exec(html.slice(at, at + 6)) ?? [];
  if (short !== undefined) return at + short.length;
  const end = /--!?>/g;
  end.lastIndex = at + 4;
  return end.exec(html) ? end.lastIndex : -1;
}

// The attributes of a tag whose name ends at `from`, values without white space, and the offset behind its `>`; -1 when that is
// missing.
function attributesAt(html: string, from: number): { end: number; names: string[]; values: string[] } {
  const names: string[] = [];
  const values: string[] = [];
  // A name may begin with `=`, a value only follows a name.
  const attribute =
    /[\t\n\f\r /]*(?:(>)|([^\t\n\f\r />][^\t\n\f\r />=]*)(?:[\t\n\f\r ]*=[\t\n\f\r ]*("[^"]*(?:"|$)|'[^']*(?:'|$)|[^\t\n\f\r >"'][^\t\n\f\r >]*|))?)/y;
  attribute.lastIndex = from;
  for (let match = attribute.exec(html); match; match = attribute.exec(html)) {
    const [, end, name, value] = match;
    if (end) return { end: attribute.lastIndex, names, values };
    names.push(name ?? '');
    values.push((value ?? '').replace(/\s+/g, ''));
  }
  return { end: -1, names, values };
}
