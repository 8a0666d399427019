import type { Anchor } from './anchor.js';
import type { Document } from './document.js';
import type { Hints } from './hint.js';
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
 * - `replaceSection`: the anchor's section, heading and all; where `before` is known, only a section that reads so.
 * - `substitute`: a quoted text, found in one place, becomes another.
 * - `insertText`: what is no section, between blocks, items, rows or lines.
 * - `unclear`: a change that cannot be carried out.
 *
 * The template of `insertAfter` and `append` opens with its heading, by which the section is found again.
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
  | { readonly kind: 'insertAfter' | 'append'; readonly anchors: readonly Anchor[]; readonly template: Template }
  | {
      readonly kind: 'replaceSection';
      readonly anchors: readonly Anchor[];
      /** The section as it was when the patch was written. */
      readonly before?: Template;
      /** None removes the section. */
      readonly template?: Template;
    }
  | {
      readonly kind: 'substitute';
      /** The text as it stands, LF line ends, no empty lines at its ends. */
      readonly quotation: string;
      /** What it becomes; '' removes it. */
      readonly text: string;
      readonly hints: Hints;
    }
  | { readonly kind: 'insertText'; readonly template: Template; readonly hints: Hints }
  | { readonly kind: 'unclear'; readonly why: Unclear };

/** Why nothing can be done, whatever the document says. */
export type Unclear =
  /** It is told in prose alone: no text is quoted that could be put in. */
  | 'prose'
  /** A text to remove or replace is quoted, but not what should become of it. */
  | 'no new text'
  /** New text is quoted, but neither what it replaces nor where it goes. */
  | 'no place'
  /** Several texts are offered for one change. */
  | 'options'
  /** The fences of its block cannot be paired. */
  | 'broken block'
  /** A character in it arrived damaged and could be several. */
  | 'damaged text'
  /** Its new text is a diff, or leaves something out. */
  | 'left out'
  /** It speaks of several places or blocks at once. */
  | 'several places'
  /** The file it names is not there, several, unreadable as a path, or not named at all. */
  | 'no file'
  | 'absent file'
  | 'several files'
  | 'unread file'
  | 'itself'
  | 'outside';

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
  /** Why the change is made, for who reviews it: one sentence of Markdown. */
  readonly why?: string;
  readonly change: Change;
  readonly checks: readonly Check[];
  /** Where it was read, when it comes from a fix spec. */
  readonly origin?: Origin;
}

/** Where in a fix spec a patch was read, and what had to be mended for it. */
export interface Origin {
  /** 1-based. */
  readonly line: number;
  readonly repairs: readonly Repair[];
}

/** How a block of a fix spec with damaged fences was made whole. Lines are 1-based. */
export type Repair =
  /** A fence that has no partner was left out. */
  | { readonly kind: 'stray fence'; readonly line: number }
  /** An inner block is closed by a fence of another length than its own. */
  | { readonly kind: 'unequal fence'; readonly line: number }
  /** Read strictly, the block would end on `line`, where an inner block does. */
  | { readonly kind: 'nested fence'; readonly line: number };

/** Patches that belong together, in the order in which they are listed and reported. */
export interface PatchSet {
  /** Where the document stands in a repository, with `/`: what discovery looks for. */
  readonly target: string;
  readonly patches: readonly Patch[];
  /** What only people can confirm of the finished document. */
  readonly questions?: readonly Question[];
}

/** Something for people to confirm: a sentence of Markdown, in the words of the fix spec. Nothing answers it for them. */
export interface Question {
  readonly text: string;
  /** Success criteria of the fix spec that it stands for. */
  readonly covers: readonly string[];
}
