import { describe, expect, it } from 'vitest';
import { isOpen, lineOf, pointAt, readDocument, spanOf } from '../src/document.js';

const outline = (text: string) => readDocument('x.md', text).sections.map(({ path }) => path.join(' › '));

describe('the outline', () => {
  it('nests headings, ATX and setext, by their depth', () => {
    expect(outline('# A\n\n### B\n\n## C\n\nD\n---\n\n#### E ####\n')).toEqual([
      'A',
      'A › B',
      'A › C',
      'A › D',
      'A › D › E',
    ]);
  });

  it('takes headings only from the root', () => {
    const decoys = [
      '```\n## no\n```',
      '~~~md\n## no\n~~~',
      '````\n```\n## no\n```\n````',
      '    ## no',
      '<!--\n## no\n-->',
      '<pre>\n\n## no\n</pre>',
      '> ## no',
      '- ## no',
      '1. item\n\n   ## no',
      '\\## no',
      '##no',
      '[^1]: ## no\n\ntext[^1]',
    ];
    for (const decoy of decoys) expect(outline(`# Yes\n\n${decoy}\n`), decoy).toEqual(['Yes']);
  });

  it('reads YAML front matter only where it is closed', () => {
    expect(outline('---\ntitle: x\n# comment\n---\n\n# A\n')).toEqual(['A']);
    expect(outline('\uFEFF---\r\ntitle: x\r\n---\r\n\r\n# A\r\n')).toEqual(['A']);
    // Front matter that is never closed is a thematic break, and what follows it is what it looks like.
    const { tree } = readDocument('x.md', '---\n\n- a\n\n> q\n\n# A\n');
    expect(tree.children.map(({ type }) => type)).toEqual(['thematicBreak', 'list', 'blockquote', 'heading']);
  });
});

describe('a section', () => {
  it('ends before what separates it or serves the whole document', () => {
    const text = '## A\n\ntext\n\n---\n\n[1]: https://example.org\n\n[^1]: note\n\n## B\n';
    const [a] = readDocument('x.md', text).sections;
    expect(text.slice(a?.span.start, a?.span.end)).toBe('## A\n\ntext');
  });

  it('takes its whole lines, trailing space and indentation included', () => {
    const text = 'intro\n\n  ## A  \ntext  \n\n## B\n';
    const [a] = readDocument('x.md', text).sections;
    expect(text.slice(a?.span.start, a?.span.end)).toBe('  ## A  \ntext  ');
  });
});

describe('offsets', () => {
  it('point into the text itself, behind a BOM, CRLF, and characters of two units', () => {
    const text = '\uFEFF# 😀 Hi\r\n\r\npära\r\n\r\n```\r\ncode\r\n```\r\n';
    const { tree } = readDocument('x.md', text);
    expect(tree.children.map((node) => text.slice(spanOf(node).start, spanOf(node).end))).toEqual([
      '# 😀 Hi',
      'pära',
      '```\r\ncode\r\n```',
    ]);
    expect(tree.children.map(lineOf)).toEqual([1, 3, 5]);
  });

  it('become 1-based lines and columns', () => {
    expect(pointAt('a\r\nbc\n', 0)).toEqual({ line: 1, column: 1, offset: 0 });
    expect(pointAt('a\r\nbc\n', 4)).toEqual({ line: 2, column: 2, offset: 4 });
    expect(pointAt('a\r\nbc\n', 6)).toEqual({ line: 3, column: 1, offset: 6 });
  });
});

describe('the line end', () => {
  it('is the one that occurs more often, LF in doubt', () => {
    expect(['', 'a', 'a\nb\r\n', 'a\r\nb\r\nc\n', 'a\r\n'].map((text) => readDocument('x', text).eol)).toEqual([
      '\n',
      '\n',
      '\n',
      '\r\n',
      '\r\n',
    ]);
  });
});

describe('an open block', () => {
  it('is a fence or raw HTML that nothing closes', () => {
    const open = [
      '```\ncode',
      '~~~\n```',
      '````\n```',
      '<!-- a\n\nb',
      '<pre>\n\nx',
      '<script>\nx',
      '<?php\n\nx',
      '<![CDATA[\n\nx',
      '<!DOCTYPE\n\nx',
    ];
    const closed = [
      '```\ncode\n```',
      '~~~\n~~~~',
      '<!-- a\n\nb -->',
      '<pre>\n\nx</pre>',
      '<div>\nx',
      '    indented',
      'text',
      '```\n```',
    ];
    const last = (text: string) => {
      const document = readDocument('x.md', text);
      const block = document.tree.children.at(-1);
      return block !== undefined && isOpen(document, block);
    };
    expect(open.filter((text) => !last(text))).toEqual([]);
    expect(closed.filter(last)).toEqual([]);
  });
});
