import { describe, expect, it } from 'vitest';
import { parse } from '../src/blocks.js';
import { normalForm, plainText } from '../src/markdown.js';

const normal = (text: string) => normalForm(parse(text).children);

describe('the normal form', () => {
  it('is the same for the same Markdown in another dress', () => {
    const pairs: [string, string][] = [
      ['* a\n* b\n', '- a\n- b\n'],
      ['__a__ *b*\n', '**a** _b_\n'],
      ['| a | b |\n| --- | --- |\n| 1 | 2 |\n', '| a   | b   |\n|-----|-----|\n| 1   | 2   |\n'],
      ['A\n===\n', '# A #\n'],
      ['one\ntwo\n', 'one two\n'],
      ['a  \nb\n', 'a\\\nb\n'],
      ['~~~sql\nx  \n~~~\n', '```sql\r\nx\r\n```\r\n'],
      ['***\n', '---\n'],
      ['a &amp; b\n', 'a & b\n'],
      ['`a\nb`\n', '`a b`\n'],
      ['1. x `a\n   b`\n', '1. x `a\r\n   b`\r\n'],
    ];
    for (const [a, b] of pairs) expect(normal(a), a).toBe(normal(b));
  });

  it('differs where the Markdown differs', () => {
    const all = [
      '# a',
      '## a',
      'a',
      '- a',
      '1. a',
      '- [ ] a',
      '- [x] a',
      '`a`',
      '**a**',
      '```\na\n```',
      '```sql\na\n```',
      '- a\n\n- b',
      '- a\n- b',
    ];
    expect(new Set(all.map(normal)).size).toBe(all.length);
  });

  it('leaves the nodes it was given alone', () => {
    const tree = parse('one\ntwo\n');
    const before = JSON.stringify(tree);
    normalForm(tree.children);
    expect(JSON.stringify(tree)).toBe(before);
  });
});

describe('plainText', () => {
  it('is what a reader sees: no markup, NFC, folded space', () => {
    const heading = (text: string) => plainText(parse(text).children[0] ?? parse(''));
    expect(heading('## The `user`  [table](x) **now** &amp; e\u0301\n')).toBe('The user table now & é');
    expect(heading('Two\nlines\n---\n')).toBe('Two lines');
  });
});
