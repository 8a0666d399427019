import type { Code, Heading, RootContent } from 'mdast';
import { templateText } from './beforehand.js';
import { Blocks } from './blocks.js';
import { normalForm } from './markdown.js';

/** Whole Markdown that a patch brings in: a section under its heading, or one fenced block. Parsed once, when needed. */
export interface Template {
  /** As written: LF line ends, one at the end. */
  readonly text: string;
  readonly blocks: readonly RootContent[];
  /** The same, for who does not need all of them. */
  readonly source: Blocks;
  /** The form in which a document's text is compared with it. */
  readonly normalForm: string;
  /** The heading it opens with. */
  readonly heading: Heading;
  /** The fenced block that it is. */
  readonly code: Code;
}

/**
 * The template in `templates/<name>`.
 *
 * @throws Error when `name` is not a plain file name: a template never comes from elsewhere
 */
export function template(name: string): Template {
  return templateOf(templateText(name));
}

/**
 * A template from its text. Its parts throw where the text is not of that kind.
 *
 * @throws Error when the text cannot stand in a UTF-8 document of any line end
 */
export function templateOf(markdown: string): Template {
  const text = markdown.replaceAll('\r\n', '\n');
  const [unfit] = /[\0\r\uFEFF\uD800-\uDFFF]/u.exec(text) ?? [];
  if (unfit !== undefined)
    throw new Error(`Expected a template without U+${unfit.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`);
  let read: Blocks | undefined;
  let normal: string | undefined;
  const blocks = (): Blocks => {
    read ??= new Blocks(text);
    return read;
  };
  const first = (): RootContent | undefined => blocks().first;
  return {
    text,
    get blocks() {
      return blocks().root.children;
    },
    get source() {
      return blocks();
    },
    get normalForm() {
      normal ??= normalForm(blocks().root.children);
      return normal;
    },
    get heading() {
      const heading = first();
      if (heading?.type !== 'heading') throw new Error('Expected a template that opens with its heading');
      return heading;
    },
    get code() {
      const code = first();
      if (code?.type !== 'code') throw new Error('Expected a template that is one fenced block');
      return code;
    },
  };
}
