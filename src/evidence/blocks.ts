import type { Code, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { type Document, lineOf } from '../document.js';

/** A code block as a claim reads it. */
export interface CodeBlock {
  readonly code: string;
  /** First word of the info string in lower case, '' when there is none. */
  readonly language: string;
  /** Line of the document on which the code begins, 1-based. */
  readonly line: number;
}

/** The code blocks of a document, or under some of its blocks, however deep, in the order of the text. */
export function codeBlocks(
  document: Document,
  blocks: readonly RootContent[] = document.blocks.having('code'),
): CodeBlock[] {
  const found: CodeBlock[] = [];
  visit({ type: 'root', children: [...blocks] }, 'code', (node: Code) => {
    const opening = document.text[node.position?.start.offset ?? 0];
    const isFenced = opening === '`' || opening === '~';
    found.push({
      code: node.value.replaceAll('\r\n', '\n'),
      language: node.lang?.toLowerCase() ?? '',
      line: lineOf(node) + (isFenced ? 1 : 0),
    });
  });
  return found;
}

/** Whether a code block is Python: it says so, or says nothing and does not read like JavaScript. */
export function isPython({ code, language }: CodeBlock): boolean {
  if (language !== '' && language !== 'text' && language !== 'txt') return /^\W{0,3}py/.test(language);
  return !/\b(?:const|let|var)\b|=>|;[ \t]{0,4}$/m.test(code);
}
