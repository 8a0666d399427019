import { headingLabel } from './labels.js';
import { readPieces } from './pieces.js';

/** What a fix spec says to people, beside its changes. */
export interface Asides {
  /** Why the change on a line, 1-based, is made: as told under the heading that it stands under. */
  readonly reasonFor: (line: number) => string | undefined;
  /** The open items of its checklists. */
  readonly questions: readonly string[];
}

/** Characters of a reason that are kept. */
const MOST = 600;

/** Reads reasons and checklists, from what stands outside of the texts that a fix spec quotes. */
export function readAsides(text: string): Asides {
  const pieces = readPieces(text);
  const lines = pieces.filter((piece) => piece.kind === 'text');
  // “#### Before” is a label that looks like a heading.
  const headings = pieces.flatMap((piece) =>
    piece.kind === 'heading' && !headingLabel(piece.text) ? [piece.line] : [],
  );
  return {
    reasonFor: (change) => {
      const from = headings.findLast((line) => line <= change) ?? 1;
      const to = headings.find((line) => line > change) ?? Number.POSITIVE_INFINITY;
      const at = lines.findIndex(({ line, text: one }) => line >= from && line < to && REASON.test(one));
      if (at === -1) return undefined;
      const said: string[] = [];
      for (let next = at; lines[next]?.line === (lines[at]?.line ?? 0) + next - at; next += 1) {
        const one = lines[next]?.text.trim() ?? '';
        // It goes on to the end of its paragraph, or to the next label.
        if (next > at && /^(?:\*\*|__|[-*+] |\d{1,3}[.)] |[|>])/.test(one)) break;
        said.push(next === at ? one.replace(REASON, '') : one);
      }
      const reason = said.join(' ').trim();
      return reason === '' ? undefined : reason.slice(0, MOST);
    },
    questions: lines.flatMap(({ text: one }) => /^\s{0,12}[-*+] \[ \] (\S.{0,1000})$/.exec(one)?.[1]?.trim() ?? []),
  };
}

const REASON =
  /^\s{0,12}(?:[-*+] )?(?:\*\*|__)(?:Why|Reason|Rationale|Problem|Issue|理由|問題)(?: [\w ]{1,30})?\s?(?::(?:\*\*|__)|(?:\*\*|__):)\s{0,4}/i;
