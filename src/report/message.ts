import { lineRange } from '../anchor.js';
import { type Document, lastLineOf, lineOf, pointAt } from '../document.js';
import type { Problem } from '../file.js';
import type { Origin, Repair } from '../patch.js';
import { type Entry, isRefused, type Plan } from '../plan.js';
import type { Message } from '../result.js';
import type { Finding, Verification } from '../verify.js';
import { list } from '../words.js';
import { refusal } from './refusal.js';
import { linesOf } from './words.js';

/** What there is to say about a file that cannot be used. */
export function problemMessage(path: string, { code, text }: Problem): Message {
  return { level: 'error', code, text: `Cannot use \`${path}\`: ${text}` };
}

/** Everything there is to say about a plan and what came of it, errors first. */
export function messagesOf({ document, entries }: Plan, { findings }: Verification): Message[] {
  const refusals = entries.filter(({ status }) => isRefused(status));
  return [
    ...refusals.map((entry) => refusal(document, entry)),
    ...readBackMessages(findings),
    ...claimMessages(entries, findings, document),
    ...entries.flatMap((entry) => driftNote(document, entry, findings)),
    ...entries.flatMap(repairNote),
  ];
}

/** One sentence on what a patch found, for every state. */
export function sentenceOf(document: Document, entry: Entry): string {
  const { status } = entry;
  switch (status.state) {
    case 'pending':
      return pendingSentence(document, entry);
    case 'applied':
      return status.isGone ? 'is gone, as it should be' : `is there (${linesOf(document, status.span)})`;
    case 'drifted':
      return `differs from the template (${linesOf(document, status.span)})${entry.edit ? '; brought back to it' : ''}`;
    case 'missing':
    case 'ambiguous':
    case 'conflict':
      return refusal(document, entry).text;
  }
}

function pendingSentence(document: Document, { status, patch, within }: Entry): string {
  if (status.state !== 'pending') return '';
  const { edit, place } = status;
  if (within !== undefined)
    return `goes into what \`${within}\` brings (line ${pointAt(document.text, edit.span.start).line})`;
  if ('node' in place) return `replaces the block on ${lineRange(lineOf(place.node), lastLineOf(place.node))}`;
  if ('rung' in place) {
    const lines = linesOf(document, place.span);
    return patch.change.kind === 'substitute' && patch.change.text === '' ? `removes ${lines}` : `replaces ${lines}`;
  }
  if ('offset' in place) return `goes after line ${place.line}`;
  if (patch.change.kind === 'replaceSection') {
    const does = patch.change.template ? 'replaces' : 'removes';
    return `${does} the section “${place.name}” (${linesOf(document, place.span)})`;
  }
  const { line } = pointAt(document.text, edit.span.start);
  const where = patch.change.kind === 'append' ? 'the end of' : 'behind';
  return `goes after line ${line}, ${where} “${place.name}”`;
}

function readBackMessages(findings: readonly Finding[]): Message[] {
  // What is torn does not read back either.
  const torn = findings.filter(isTorn);
  const told = torn.length > 0 ? torn : findings;
  return told.flatMap((finding) => {
    const text = findingText(finding);
    if (text === undefined) return [];
    const patch = finding.patch ? { patch: finding.patch.id } : {};
    const by = finding.patch ? `\`${finding.patch.id}\`` : 'the patches';
    const line = 'line' in finding ? { line: finding.line } : {};
    return [
      {
        level: 'error',
        code: finding.kind.toLowerCase().replace(' ', '-'),
        ...patch,
        ...line,
        text: `Cannot apply ${by}: ${text}`,
      },
    ];
  });
}

function isTorn({ kind }: Finding): boolean {
  return kind !== 'read back' && kind !== 'claim' && kind !== 'unproven';
}

// Completes “Cannot apply the patch: ”; claims have messages of their own.
function findingText(finding: Finding): string | undefined {
  switch (finding.kind) {
    case 'structure':
      return `Markdown would read the text around line ${finding.line} differently than before; close or separate what stands there`;
    case 'parent':
      return `“${finding.name}” (line ${finding.line}) would come under another heading; check the heading levels there`;
    case 'label': {
      const whose = finding.patch ? 'what it brings' : `what stands on line ${finding.line}`;
      return `the label \`[${finding.label}]\` of ${whose} would lead to another definition; rename one of the two`;
    }
    case 'fragment':
      return `the link to \`#${finding.fragment}\` on line ${finding.line} would lead to another heading; rename one of the two`;
    case 'open HTML':
      return `what it brings to line ${finding.line} opens ${finding.what} and would hide what follows; close it in the template`;
    case 'read back':
      return `in the finished text it would read as ${finding.state}; apply the patches one at a time with \`-p\``;
    case 'unproven':
      if (finding.lost.length > 0) {
        const parts = list(finding.lost.slice(0, 5).map(({ name, line }) => `“${name}” (line ${line})`));
        return `the section has parts that the new text leaves out: ${parts}; add them there, or let them go with \`--overwrite ${finding.patch.id}\``;
      }
      if (finding.isWhole) {
        return `it stands there in other words (line ${finding.line}), and no claim says whether they will do; change it all the same with \`--overwrite ${finding.patch.id}\`, or leave it out with \`-p\``;
      }
      return 'it seems to be half applied: neither the text before nor the text after stands there whole; finish or undo it by hand, or leave it out with `-p`';
    case 'claim':
      return undefined;
  }
}

function claimMessages(entries: readonly Entry[], findings: readonly Finding[], document: Document): Message[] {
  // A text that is read otherwise fails in many ways, and they say nothing more.
  if (findings.some(isTorn)) return [];
  return entries.flatMap(({ patch, status, edit }): Message[] => {
    const claims = findings.flatMap((finding) =>
      finding.kind === 'claim' && finding.patch === patch ? [`“${finding.check.claim}”`] : [],
    );
    if (claims.length === 0) return [];
    const said = { level: 'error' as const, code: 'claim', patch: patch.id };
    const fails = `${claims.length === 1 ? 'a claim fails' : `${claims.length} claims fail`}: ${claims.join(', ')}`;
    if (status.state === 'drifted' && !edit) {
      const { line } = pointAt(document.text, status.span.start);
      const what =
        patch.change.kind === 'replace'
          ? 'neither the block it replaces nor the one it wants'
          : patch.change.kind === 'replaceSection'
            ? 'neither the section as it was nor as it should be'
            : 'not what its template says';
      return [
        {
          ...said,
          line,
          text: `Cannot leave \`${patch.id}\` as it is: ${linesOf(document, status.span)} hold ${what}, and ${fails}; mend it by hand, or bring the template back with \`--overwrite ${patch.id}\``,
        },
      ];
    }
    return [
      {
        ...said,
        text: `Cannot verify \`${patch.id}\` on the finished text: ${fails}; something else in the file contradicts it`,
      },
    ];
  });
}

// What was guessed in reading is for a person to see.
function repairNote({ patch: { id, origin }, edit }: Entry): Message[] {
  if (!edit || !origin || origin.repairs.length === 0) return [];
  const text = `\`${id}\` was read from a block with damaged fences${mendedText(origin)}`;
  return [{ level: 'note', code: 'mended', patch: id, text }];
}

/** How the blocks of a change were mended: begins with a colon, or is empty. */
export function mendedText({ repairs }: Origin): string {
  const said = repairs.slice(0, 5).map(({ kind, line }) => `the fence on line ${line} ${MENDED[kind]}`);
  return said.length === 0 ? '' : `: ${list(said)}`;
}

const MENDED: Record<Repair['kind'], string> = {
  'stray fence': 'has no partner and is left out',
  'unequal fence': 'is given the length of its partner',
  'nested fence': 'closes an inner block, not its own',
};

function driftNote(document: Document, { patch, status, edit }: Entry, findings: readonly Finding[]): Message[] {
  if (status.state !== 'drifted' || edit || patch.checks.length === 0) return [];
  if (findings.some((finding) => finding.kind === 'claim' && finding.patch === patch)) return [];
  const { line } = pointAt(document.text, status.span.start);
  return [
    {
      level: 'note',
      code: 'drifted',
      patch: patch.id,
      line,
      text: `\`${patch.id}\` differs from its template (${linesOf(document, status.span)}), but its claims hold: left as it is`,
    },
  ];
}
