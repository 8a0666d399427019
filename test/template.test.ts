import { describe, expect, it } from 'vitest';
import { inert } from '../src/report/terminal.js';
import { template, templateOf } from '../src/template.js';
import { registry, templateIn } from './support.js';

describe('a template', () => {
  it.each(['../secret.md', 'a/b.md', '.hidden.md', 'A.md', 'a.txt', '%2e%2e.md', 'file:a.md', '', 'a.md\0'])(
    'never comes from elsewhere: %j',
    (name) => {
      expect(() => template(name)).toThrow('Expected the name of a template');
    },
  );

  it('holds nothing that a UTF-8 document of any line end cannot hold', () => {
    for (const unfit of ['\0', '\r', '\uFEFF', '\uD800'])
      expect(() => templateOf(`## A\n\na${unfit}b\n`)).toThrow(/^Expected a template without U\+[0-9A-F]{4}$/);
    expect(templateOf('## A\r\n\r\n😀\r\n').text).toBe('## A\n\n😀\n');
  });

  it.each(registry.patches)('of $id is visible text that ends with one newline', ({ change }) => {
    const { text } = templateIn({ change });
    expect(inert(text)).toBe(text);
    expect(text).toMatch(/^\S[\s\S]*\S\n$/);
  });
});
