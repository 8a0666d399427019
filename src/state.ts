import type { RootContent } from 'mdast';
import type { Anchor, Fence, Location } from './anchor.js';
import type { Doubt, Section, Span } from './document.js';
import type { Edit } from './edit.js';
import type { OpenHtml } from './html.js';
import type { Passage } from './passage.js';
import type { Unclear } from './patch.js';

/** One anchor and what it came to, kept so that a report can tell the whole story. */
export interface Attempt {
  readonly anchor: Anchor;
  readonly location: Location;
}

/** Why a place that was found does not serve. */
export type Misfit =
  | { readonly kind: 'no fence'; readonly section: Section }
  | { readonly kind: 'open block'; readonly block: RootContent }
  | { readonly kind: 'doubtful fence'; readonly doubt: Doubt }
  | { readonly kind: 'open HTML'; readonly open: OpenHtml }
  /** Most of the section stands there already, without its heading. */
  | { readonly kind: 'headless'; readonly line: number; readonly heading: string }
  | { readonly kind: 'unrecognised'; readonly fence: Fence }
  | { readonly kind: 'too deep'; readonly section: Section; readonly depth: number }
  /** Of a quoted text only these lines stand there, `of` in all. */
  | { readonly kind: 'partial'; readonly lines: readonly number[]; readonly of: number }
  /** The quoted text stands nowhere, nor does what it should become. */
  | { readonly kind: 'gone' }
  /** What the place is named by is not there: none when nothing is named. */
  | { readonly kind: 'no anchor'; readonly names: readonly string[] }
  /** The quoted text stands on a line outside the sections that are said to hold it. */
  | { readonly kind: 'elsewhere'; readonly line: number; readonly names: readonly string[] }
  /** The quoted text is a part of something on a line that what it becomes does not fit into. */
  | { readonly kind: 'part'; readonly line: number; readonly why: PartDoubt }
  /** What was to be removed is not there, but lines that nearly say it. */
  | { readonly kind: 'like'; readonly line: number }
  /** What the place is named by speaks of different places. */
  | { readonly kind: 'contradiction'; readonly lines: readonly number[] }
  /** The place lies inside a block that what is inserted does not fit into. */
  | { readonly kind: 'inside'; readonly block: RootContent }
  /** Nothing says clearly enough what is to be done. */
  | { readonly kind: 'unclear'; readonly why: Unclear };

/** Why a part of a line, or of an item, cannot become what it should. */
export type PartDoubt =
  /** What it becomes has several lines. */
  | 'lines'
  /** What it becomes begins as a heading, item, quotation or row does. */
  | 'kind'
  /** Its table row would have other cells. */
  | 'cells'
  /** Only a mark would be left of its line, or nothing. */
  | 'bare'
  /** The items below it would be left without it. */
  | 'children';

/** An edit, and what it may change: all else must be read as before. */
export interface Proposal extends Edit {
  /** The children of the root that it touches; empty for an insertion between two of them. */
  readonly touches: Span;
  /** What must stand in their place, when that is known. */
  readonly blocks?: readonly RootContent[];
  /** Whether it puts in blocks of their own, which need an empty line behind them. */
  readonly isBlock?: boolean;
  /** Whether the blocks it touches must stay of their kinds, but for those that it takes away whole. */
  readonly keepsKinds?: true;
}

/** What a document says of a patch: what is there, against what we want and what we were written against. */
export type PatchStatus =
  | { readonly state: 'pending'; readonly edit: Proposal; readonly place: Section | Fence | Passage | Gap }
  /** `isGone` where what was to be removed is not there; the span says nothing then. */
  | { readonly state: 'applied'; readonly span: Span; readonly isGone?: true }
  /** `expected` and `actual` are normal forms; `restore` brings the template back. */
  | {
      readonly state: 'drifted';
      readonly span: Span;
      readonly expected: string;
      readonly actual: string;
      /** Absent where the template says only a part of it. */
      readonly restore?: Proposal;
      /** Parts that the template would take away though it does not speak of them. */
      readonly lost?: readonly { readonly name: string; readonly line: number }[];
    }
  | { readonly state: 'missing'; readonly misfit?: Misfit }
  | {
      readonly state: 'ambiguous';
      readonly anchor?: Anchor;
      readonly candidates: readonly Span[];
      /** Whether the candidates are the lines behind which a text could go. */
      readonly isPlace?: true;
    }
  /** Only a plan sets this: the edit claims text that the patch `with` claims too. */
  | { readonly state: 'conflict'; readonly edit: Proposal; readonly with: string }
  /** Several texts are offered for one change. */
  | { readonly state: 'conflict'; readonly edit?: never; readonly with?: never };

export interface Reading {
  readonly status: PatchStatus;
  /** The anchors tried, in order, up to the one that decided. */
  readonly attempts: readonly Attempt[];
  /** How a quoted text was sought. */
  readonly search?: Search;
}

/** Where a quoted text and the one it should become were found, and what chose among several places. */
export interface Search {
  readonly current: readonly Passage[];
  readonly wanted: readonly Passage[];
  readonly settledBy?: 'line' | 'section' | 'line range';
}

/** A place between two lines. */
export interface Gap {
  /** The line behind which it is, 1-based. */
  readonly line: number;
  readonly offset: number;
}
