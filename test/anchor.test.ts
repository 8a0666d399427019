import { describe, expect, it } from 'vitest';
import { codeIn, findSections, lines, locate, section } from '../src/anchor.js';
import { readDocument } from '../src/document.js';

const read = (text: string) => readDocument('x.md', text);
const found = (text: string, ...path: string[]) => {
  const { rung, sections } = findSections(read(text), path);
  return sections.length === 0 ? 'none' : `${rung}: ${sections.map(({ line }) => line).join(', ')}`;
};

describe('the ladder of headings', () => {
  const cases: [heading: string, rung: string][] = [
    ['## Prerequisites', 'exact: 1'],
    ['Prerequisites\n===', 'exact: 1'],
    ['#### Prerequisites ##', 'exact: 1'],
    ['##\tPrerequisites  ', 'exact: 1'],
    ['   ## Prerequisites', 'exact: 1'],
    ['## **Prerequisites**', 'exact: 1'],
    ['## [Prerequisites](#x)', 'exact: 1'],
    ['## 3. Prerequisites', 'undecorated: 1'],
    ['## 2.1 Prerequisites', 'undecorated: 1'],
    ['## 4) Prerequisites', 'undecorated: 1'],
    ['## Prerequisites ✅', 'undecorated: 1'],
    ['## Prerequisites 👩‍💻🇩🇪', 'undecorated: 1'],
    ['## Prerequisites *(mandatory)*', 'undecorated: 1'],
    ['## 1. Prerequisites _(mandatory)_ ⚠️', 'undecorated: 1'],
    ['## PREREQUISITES', 'letter case: 1'],
    ['## 3. prerequisites ✅', 'letter case: 1'],
    ['## Prerequisites (mandatory)', 'none'],
    ['## Prerequisite', 'none'],
    ['## ✅ Prerequisites', 'none'],
    ['## The Prerequisites', 'none'],
    ['##Prerequisites', 'none'],
    ['    ## Prerequisites', 'none'],
    ['## Pre\u200Brequisites', 'none'],
    ['## 2024', 'none'],
    ['##', 'none'],
  ];
  it.each(cases)('reads %j as %s', (heading, expected) => {
    expect(found(`${heading}\n\ntext\n`, 'Prerequisites')).toBe(expected);
  });

  it('stops at the first rung that has any', () => {
    expect(found('## prerequisites\n\n## 1. Prerequisites\n\n## Prerequisites\n', 'Prerequisites')).toBe('exact: 5');
    expect(found('## prerequisites\n\n## 1. Prerequisites\n', 'Prerequisites')).toBe('undecorated: 3');
  });

  it('tells headings of one name apart by those they stand under', () => {
    const text = '## One\n\n### Criteria\n\n## Two\n\n### Part\n\n#### Criteria\n';
    expect(found(text, 'Criteria')).toBe('exact: 3, 9');
    expect(found(text, 'Two', 'Criteria')).toBe('exact: 9');
    expect(found(text, 'two', 'part', 'Criteria')).toBe('exact: 9');
    expect(found(text, 'Part', 'Two', 'Criteria')).toBe('none');
  });

  it('takes a name in any Unicode normal form', () => {
    expect(found('## Caf\u00E9\n', 'Cafe\u0301')).toBe('exact: 1');
    expect(found('## Cafe\u0301\n', 'Caf\u00E9')).toBe('exact: 1');
  });

  it('takes a name that says nothing to a regular expression', () => {
    expect(found('## C++ [rules] (Feature 002)\n', 'C++ [rules] (Feature 002)')).toBe('exact: 1');
  });
});

describe('locate', () => {
  it('names the nearest headings when there is none', () => {
    const location = locate(read('## Prerequisite\n\n## Prelude\n\n## Something else\n'), section('Prerequisites'));
    expect(location.kind === 'absent' && location.nearest.map(({ name }) => name)).toEqual(['Prerequisite']);
  });

  it.each([
    ['```\n\n## Prerequisites\n```\n', 'code', 1, 3],
    ['text\n\n    text\n    ## Prerequisites\n', 'code', 3, 4],
    ['text\n\n<!--\n## Prerequisites\n-->\n', 'html', 3, 4],
    ['> text\n>\n> ## Prerequisites\n', 'blockquote', 1, 3],
    ['- item\n\n  ## 2. prerequisites ##\n', 'list', 1, 3],
    ['- item\n\n  ```\n  ## Prerequisites\n  ```\n', 'list', 1, 4],
  ])('says in which block a heading is hidden: %j', (text, container, line, headingLine) => {
    const location = locate(read(text), section('Prerequisites'));
    expect(location.kind === 'absent' && location.hidden).toEqual({ container, line, headingLine });
  });

  it('finds the closed fences under a heading, in deeper sections too', () => {
    const text =
      '```\nno\n```\n\n## A\n\n```js\n1\n```\n\n### B\n\n~~~~\n2\n~~~~\n\n    3\n\n- ```\n  4\n  ```\n\n## C\n\n```\nno\n```\n';
    const location = locate(read(text), codeIn('A'));
    expect(
      location.kind === 'code' && location.fences.map(({ content }) => text.slice(content.start, content.end)),
    ).toEqual(['1\n', '2\n']);
  });

  it('takes the content between the fence lines as it stands', () => {
    const contents = ['```\r\na\r\n\r\n```\r\n', '```\n```', '  ```\n  a\n b\n  ```\n'].map((text) => {
      const document = read(`# A\n\n${text}`);
      const location = locate(document, codeIn('A'));
      return (
        location.kind === 'code' &&
        location.fences.map(({ content }) => document.text.slice(content.start, content.end))
      );
    });
    expect(contents).toEqual([['a\r\n\r\n'], [''], ['  a\n b\n']]);
  });

  it('finds a block by its lines only when both ends are right', () => {
    const text = '# A\n\n```\n1\n2\n```\n';
    const at = (from: number, to: number) => {
      const location = locate(read(text), lines(from, to));
      return location.kind === 'lines' && location.fence !== undefined;
    };
    expect([at(3, 6), at(3, 5), at(4, 6), at(2, 6)]).toEqual([true, false, false, false]);
  });
});
