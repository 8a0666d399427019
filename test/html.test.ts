import fc from 'fast-check';
import type { Nodes } from 'mdast';
import { type DefaultTreeAdapterTypes, parseFragment } from 'parse5';
import { describe, expect, it } from 'vitest';
import { parse } from '../src/blocks.js';
import { isUnfinishedBlock, openHtmlAt } from '../src/html.js';

const openIn = (text: string) => openHtmlAt(parse(text).children);

describe('openHtmlAt', () => {
  it.each([
    ['<details>\n<summary>x</summary>\n\ntext', 'a <details>', 1],
    ['text\n\n<div>\n<DETAILS open>\n\ntext', 'a <details>', 4],
    ['<details>\n\n<img alt="</details>">\n\ntext', 'a <details>', 1],
    ['<details>\n\n</details.x>\n\ntext', 'a <details>', 1],
    ['<details>\n\n<script></details></script>\n\ntext', 'a <details>', 1],
    ['<details>\n\n<![CDATA[ </details> ]]>\n\ntext', 'a <details>', 1],
    ['<details>\n\nfoo[^1]\n\n[^1]: <b></details></b>\n\ntext', 'a <details>', 1],
    ['<details>\n\n<!-- </details> -->\n\ntext', 'a <details>', 1],
    ['<details>\n\n<details>\n\n</details>\n\ntext', 'a <details>', 1],
    ['<details>\n\n`</details>`\n\ntext', 'a <details>', 1],
    ['<div><!--\n\ntext', 'an HTML comment', 1],
    // The block ends with the line, and what follows is text: it closes no comment.
    ['<!-- a --> <!-- b\n-->\n\ntext', 'an HTML comment', 1],
    ['<div title="\n\ntext', 'an HTML tag', 1],
    ['<title>\n\ntext', 'a <title>', 1],
    ['<div ="> <details> <b x=">\n\ntext', 'a <details>', 1],
    ['<div x=="> <details> <b y=">\n\ntext', 'a <details>', 1],
    ['<div a=x="> <details> <p q=">\n\ntext', 'a <details>', 1],
    ['<details>\n\n<p></details\u00a0>\n\ntext', 'a <details>', 1],
    ['<div><plaintext></plaintext></div>\n\ntext', 'a <plaintext>', 1],
    ['<div style="color: red; display : none">\n\ntext', 'a <div …>', 1],
    ['<div popover>\n\ntext', 'a <div …>', 1],
    ['<svg>\n\n<title><details></title></svg>\n\ntext', 'a <title>', 3],
    ['<canvas>\n\ntext', 'a <canvas>', 1],
    ['<details>\n<table><tr><td></details>\n\ntext', 'a <details>', 1],
    ['<script><!--<script></script>\n\ntext', 'a <script>', 1],
    ['<span hidden>\n<p></span>\n\ntext', 'a <span …>', 1],
    ['<span hidden>\n\nin a paragraph</span>\n\ntext', 'a <span …>', 1],
    ['a <template> b\n\ntext', 'a <template>', 1],
    ['<div class="a" hidden>\n\n<div>\n\n</div>\n\ntext', 'a <div …>', 1],
    ['> <details>\n\ntext', 'a <details>', 1],
  ])('sees what %j leaves open', (text, what, line) => {
    expect(openIn(text)).toMatchObject({ what, line });
  });

  it.each([
    '<details>\n\ntext\n\n</details>\n\ntext',
    '<details><summary>x</summary>y</details>\n\ntext',
    'a <details>b</details> c\n\ntext',
    '<!-- <details> -->\n\ntext',
    '<!--> <b>\n\ntext',
    '<div align="center">\n\n<img src="a" alt="b > <details>">\n\ntext',
    '<input hidden>\n\ntext',
    '<div data-hidden="x" class="hidden">\n\ntext',
    '<textarea><details></textarea>\n\ntext',
    '<style>a > b {}</style>\n\ntext',
    '`<details>` and \\<details> and a < b\n\n    <details>\n\ntext',
    '<details-x>\n\ntext',
    'note[^1]\n\n[^1]: <details>\n\ntext',
    '<details>\n<ul><li>One<li>Two</ul>\n</details>\n\ntext',
    '<details>\n<table><tr><td>1<td>2</table>\n</details>\n\ntext',
    '<details>\n\n`x` of Array<T> in <file>, <sub>a, <a name="foo">\n\n</details>\n\ntext',
    '<details>\n<pre>$ a <file></pre>\n<svg><g></svg><summary>x\n</details>\n\ntext',
    'a <span hidden>b</span> c\n\ntext',
    '<div><svg><title>x</title><style>a { b: c }</style></svg></div>\n\ntext',
    '<!DOCTYPE html>\n\n<?xml version="1.0"?>\n\n</>\n\ntext',
  ])('finds nothing open behind %j', (text) => {
    expect(openIn(text)).toBeUndefined();
  });

  it('looks no further than the place', () => {
    const text = 'a\n\n<details>\n\nb\n\n</details>\n';
    expect(
      [text.indexOf('<det'), text.indexOf('b\n'), text.length].map((at) => openHtmlAt(parse(text).children, at)?.line),
    ).toEqual([undefined, 3, undefined]);
  });

  // A browser's own parser has the last word: what it hides must be seen here.
  it('is never wiser than a browser', () => {
    const piece = fc.constantFrom(
      ...'<details>|</details>|<details open>|<summary>x</summary>|<div>|</div>|<div hidden>|<span hidden>|</span>|<title>|</title>|<!--|-->|<!-- a -->|<b title="|">|<img alt="</details>">|<script>|</script>|<textarea>|</textarea>|<template>|</template>|<![CDATA[|]]>|<?a|?>|<!A|text|<p>|</p>|<ul><li>|</ul>|<table>|</table>|</details.x>|<dialog>|</dialog>|< details>|<a href=\'|\'>|<!-->|--!>|\\<|`<details>`|<div =">|<b x==">|<i a=x=">|</details\u00a0>|<plaintext>|</plaintext>|<table><tr><td>|</td>|</ul>|<li>|<svg>|</svg>|<select>|</select>|<T>|<pre>|</pre>|<b>|</b>|<object>|</object>|<br>|</br>|<h2>|</h2>|<form>|</form>|<button>|</button>|<a>|</a>'.split(
        '|',
      ),
    );
    const joint = fc.constantFrom('', ' ', '\n', '\n\n', '\n\n');
    let hidden = 0;
    let shown = 0;
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, joint), { maxLength: 9 }), (parts) => {
        const tree = parse(`${parts.map(([one, end]) => one + end).join('')}\n\nend\n`);
        const last = tree.children.at(-1);
        // What the Markdown parser itself reads on to the end is another check.
        if (last?.type !== 'paragraph' || !htmlOf(last).startsWith('<p>end')) return;
        const before = tree.children.slice(0, -1).map(htmlOf).join('\n');
        if (isHidden(parseFragment(`${before}\n<h2 id="place">New</h2>`))) {
          hidden += 1;
          expect(openHtmlAt(tree.children, last.position?.start.offset), before).toBeDefined();
        } else shown += openHtmlAt(tree.children, last.position?.start.offset) ? 0 : 1;
      }),
      { numRuns: 20_000, seed: 20261121 },
    );
    expect(hidden).toBeGreaterThan(1000);
    expect(shown).toBeGreaterThan(1000);
  });
});

describe('isUnfinishedBlock', () => {
  it('is so only of the element by its whole name', () => {
    expect(['<pre>\na', '<pre class="a">', '<pre', '<!--', '<?a', '<!A'].map(isUnfinishedBlock)).toEqual(
      Array(6).fill(true),
    );
    expect(['<prefix>', '<preview>\na', '<pre>a</pre>', '<!-->', '<styled>', '<div>'].map(isUnfinishedBlock)).toEqual(
      Array(6).fill(false),
    );
  });
});

/** As much of a renderer as the documents above need: raw HTML stays, text is escaped. */
function htmlOf(node: Nodes): string {
  switch (node.type) {
    case 'html':
      return node.value;
    case 'text':
    case 'inlineCode':
    case 'code':
      return node.value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    case 'paragraph':
      return `<p>${node.children.map(htmlOf).join('')}</p>`;
    default:
      return 'children' in node ? node.children.map(htmlOf).join('') : '';
  }
}

/** Whether the place is not in the page at all, or inside of what does not show it. */
function isHidden(page: DefaultTreeAdapterTypes.DocumentFragment): boolean {
  const ways: boolean[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node, isInside: boolean): void => {
    const name = node.nodeName;
    if ('attrs' in node && node.attrs.some(({ value }) => value === 'place')) ways.push(isInside);
    const hides =
      isInside ||
      ['details', 'template', 'dialog', 'noscript', 'object', 'select'].includes(name) ||
      ('attrs' in node && node.attrs.some((attribute) => attribute.name === 'hidden'));
    if ('content' in node) walk(node.content, true);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child, hides);
  };
  walk(page, false);
  return ways.length === 0 || ways.every(Boolean);
}
