/** How a place stands to what is named: “after line 12”, “in section X”. */
export type Relation = 'after' | 'before' | 'in' | 'at';

/** Something by which a place is named. */
export interface Named {
  readonly relation: Relation;
  /** As quoted, heading marks included; an ellipsis at its end means that it goes on. */
  readonly text: string;
  /** Whether a heading is meant. */
  readonly isSection: boolean;
  /** Whether the words say the heading itself, or else all that stands under it; absent where they say neither. */
  readonly isHeading?: boolean;
  /** Whether there is no other place: where the heading is not there once, neither is the text that is meant. */
  readonly isRequired?: true;
}

/** What a heading says, written with its marks: `### 3. Monitor` is “3. Monitor”. */
export function headingName(written: string): string {
  return written.replace(/^\s{0,8}#{1,6}(?:\s{1,8}|$)/, '').trim();
}

/** Lines of the unedited original, 1-based and inclusive. */
export interface LineHint {
  readonly relation: Relation;
  readonly from: number;
  readonly to: number;
  /** “~line 40”. */
  readonly isRough: boolean;
}

/** What is said of a place besides the text that stands there. */
export interface Hints {
  readonly lines?: LineHint;
  readonly names: readonly Named[];
  /** Whether several places are meant: “lines 1, 5 and 9”, “all occurrences”. */
  readonly isSeveral?: true;
}

/** What line numbers of the unedited original are worth in a document that may have been edited since. */
export interface LineSense {
  /** The line of the original that a line of the document was, both 1-based. */
  readonly original: (line: number) => number;
  /** False where the line numbers of other changes do not agree with the document. */
  readonly isTrusted: boolean;
}

/** A document in which nothing was edited. */
export const UNEDITED: LineSense = { original: (line) => line, isTrusted: true };

/** Lines by which a number may be off; one that is said to be rough, by more. */
export function slackOf({ isRough }: LineHint): number {
  return isRough ? 12 : 3;
}
