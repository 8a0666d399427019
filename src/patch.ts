import type { Anchor } from './anchor.js';
import type { Document } from './document.js';
import type { Template } from './template.js';

/** A question about the text of a code block, with the words that explain a yes. */
export interface Recogniser {
  /** Completes “a block that shows …”. */
  readonly shows: string;
  readonly test: (code: string) => boolean;
}

/**
 * What a patch does.
 * - `replace`: the content of one fenced block that `before` recognises. `template` is the fenced block wanted.
 * - `insertAfter`: a section, behind the anchor's; behind the one that holds it where the template is less deep.
 * - `append`: a section, as the last part inside the anchor's section.
 *
 * The template of an insertion opens with its heading, by which the section is found again.
 */
export type Change =
  | {
      readonly kind: 'replace';
      readonly anchors: readonly Anchor[];
      readonly template: Template;
      /** The kind of block that is meant, whatever it shows. */
      readonly subject: Recogniser;
      /** What the block showed when the patch was written. */
      readonly before: Recogniser;
    }
  | { readonly kind: 'insertAfter' | 'append'; readonly anchors: readonly Anchor[]; readonly template: Template };

/** A claim's answer. Evidence names lines of the document that was judged. */
export interface Verdict {
  readonly holds: boolean;
  readonly evidence: readonly string[];
}

/** A claim about the finished document, judged on what it means. */
export interface Check {
  readonly claim: string;
  /** Requirements and success criteria of the fix spec that the claim stands for. */
  readonly covers: readonly string[];
  readonly judge: (document: Document) => Verdict;
}

export interface Patch {
  /** Lower-case words joined by hyphens, unique in its set. */
  readonly id: string;
  readonly title: string;
  readonly change: Change;
  readonly checks: readonly Check[];
}

/** Patches that belong together, in the order in which they are listed and reported. */
export interface PatchSet {
  /** Where the document stands in a repository, with `/`: what discovery looks for. */
  readonly target: string;
  readonly patches: readonly Patch[];
}
