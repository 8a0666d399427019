import GithubSlugger from 'github-slugger';
import { findSections, type SectionAnchor } from '../anchor.js';
import {
  type ChangeDefinition,
  definePatchSet,
  engineSet,
  type PatchDefinition,
  PatchError,
  type PatchSetDefinition,
} from '../define.js';
import { type Document, readDocument, type Section } from '../document.js';
import { NestingError } from '../nesting.js';
import { isRefused, type Plan, plan } from '../plan.js';
import { messagesOf } from '../report/message.js';
import { quoted } from '../report/words.js';
import { testPatches } from '../testing.js';
import { verify } from '../verify.js';
import { type Hunk, hunkLines, hunksBetween, joined, type Side, sideOf, withHunks } from './hunks.js';

/** Patches that make the one text of the other. */
export interface Recorded {
  readonly set: PatchSetDefinition;
  /** With LF line ends, and one at the end. */
  readonly before: string;
  readonly after: string;
  /** “line 8”: where nothing but empty lines differ, which no patch makes. */
  readonly left: readonly string[];
}

/** A difference that no patch can make; the text says which and why. */
export class RecordError extends Error {}

/**
 * The patches that make one text of another: a section that came or went is a patch with an anchor, any other change one that quotes
 * what stood there. They are tried before they are returned: together they make the one text of the other byte for byte, and the laws
 * of the test kit hold of them.
 *
 * @param target where the document stands in a repository, with `/`
 * @throws RecordError where a difference cannot be made by a patch, or there is none
 */
export function recordPatches(target: string, former: string, present: string): Recorded {
  const before = sideOf(target, plain(former));
  const after = sideOf(target, plain(present));
  const all = hunksBetween(before, after);
  const isSaid = ({ from, to, lines }: Hunk): boolean =>
    [...before.lines.slice(from, to), ...lines].some((line) => line.trim() !== '');
  let hunks = all.filter(isSaid);
  if (hunks.length === 0) throw new RecordError('nothing in it says something else');
  const wanted = withHunks(before, hunks);
  for (;;) {
    const tried = attempt({ target, before, after: wanted, hunks });
    if (!('clash' in tried))
      return {
        set: tried,
        before: before.text,
        after: wanted,
        left: all.filter((hunk) => !isSaid(hunk)).map(hunkLines),
      };
    // Two changes that cannot be told apart are one.
    const [one, other] = tried.clash;
    hunks = [...hunks.slice(0, one), joinedAll(before, hunks.slice(one, other + 1)), ...hunks.slice(other + 1)];
  }
}

/** LF line ends, one at the end, no BOM: what a patch changes is none of these. */
export function plain(text: string): string {
  return `${text
    .replace(/^\uFEFF/, '')
    .replaceAll('\r\n', '\n')
    .trimEnd()}\n`;
}

interface Subject {
  readonly target: string;
  readonly before: Side;
  /** The text that is wanted. */
  readonly after: string;
  readonly hunks: readonly Hunk[];
}

/** Rounds in which patches that break a law of the kit give way to others. */
const ROUNDS = 8;

function attempt(subject: Subject): PatchSetDefinition | { readonly clash: readonly [number, number] } {
  const { target, before, after, hunks } = subject;
  const document = readDocument(target, before.text);
  const choices = hunks.map((hunk) => candidatesFor(subject, document, hunk));
  const firstRight = (at: number, from: number): number => {
    const hunk = hunks[at] as Hunk;
    const fit = choices[at]?.findIndex((change, index) => index >= from && isRight(subject, document, hunk, change));
    if (fit === undefined || fit === -1) throw new RecordError(`no patch makes the change of ${hunkLines(hunk)}`);
    return fit;
  };
  const chosen = hunks.map((_, at) => firstRight(at, 0));
  for (let round = 1; ; round += 1) {
    const set = setOf(
      subject,
      chosen.map((index, at) => choices[at]?.[index] as ChangeDefinition),
    );
    const planned = planOf(document, set);
    const clash = clashOf(planned);
    if (clash) return { clash };
    if (textOf(planned) !== after) {
      const [refused] = messagesOf(planned, verify(planned)).filter(({ level }) => level === 'error');
      throw new RecordError(`the patches together make something else of it${refused ? `: ${refused.text}` : ''}`);
    }
    // What breaks a law in the text itself needs no documents that have drifted.
    const plainly = testPatches(set, before.text, { runs: 0 });
    const { failures } = plainly.passed ? testPatches(set, before.text) : plainly;
    const [failure] = failures;
    if (!failure) return set;
    const guilty = new Set(failures.map(({ patch }) => set.patches.findIndex(({ id }) => id === patch)));
    if (guilty.has(-1) || round === ROUNDS) {
      const drift = failure.drift === undefined ? '' : `after ${failure.drift}: `;
      throw new RecordError(`patches that make it would not be safe: \`${failure.patch}\`, ${drift}${failure.text}`);
    }
    for (const at of guilty) chosen[at] = firstRight(at, (chosen[at] as number) + 1);
  }
}

function clashOf({ entries }: Plan): readonly [number, number] | undefined {
  const one = entries.findIndex(({ status }) => status.state === 'conflict');
  const status = entries[one]?.status;
  if (status?.state !== 'conflict') return undefined;
  const other = entries.findIndex(({ patch }) => patch.id === status.with);
  return one < other ? [one, other] : [other, one];
}

function joinedAll(before: Side, [first, ...rest]: readonly Hunk[]): Hunk {
  return rest.reduce((one, other) => joined(before, one, other), first as Hunk);
}

// Alone it makes its own hunk and nothing else, and finds it made afterwards.
function isRight({ target, before }: Subject, document: Document, hunk: Hunk, change: ChangeDefinition): boolean {
  try {
    const set = { target, patches: [{ id: 'x', title: 'x', change }] } as const;
    const expected = withHunks(before, [hunk]);
    if (textOf(planOf(document, set)) !== expected) return false;
    const again = planOf(readDocument(target, expected), set);
    return again.entries[0]?.status.state === 'applied';
  } catch (error) {
    if (error instanceof PatchError || error instanceof NestingError) return false;
    throw error;
  }
}

function planOf(document: Document, set: PatchSetDefinition): Plan {
  return plan(document, engineSet(set).patches);
}

// Undefined where it is refused.
function textOf(planned: Plan): string | undefined {
  const isFileRefused = planned.entries.some(({ status }) => isRefused(status)) || verify(planned).findings.length > 0;
  return isFileRefused ? undefined : planned.text;
}

// What could make the change of a hunk, the plainest first.
function candidatesFor(subject: Subject, document: Document, hunk: Hunk): ChangeDefinition[] {
  const { before } = subject;
  const quoting = quotations(subject, document, hunk);
  if (!hunk.section) return quoting;
  const markdown = (lines: readonly string[]): string => `${lines.join('\n').trim()}\n`;
  const former = markdown(before.lines.slice(hunk.from, hunk.to));
  const template = markdown(hunk.lines);
  const { section } = hunk;
  if (hunk.from === hunk.to) return [...arrivals(subject, document, hunk, template), ...quoting];
  const change = withAnchor(subject, document, section, (anchors) =>
    hunk.lines.length === 0
      ? { kind: 'removeSection', anchors, before: former }
      : { kind: 'replaceSection', anchors, before: former, template },
  );
  return change ? [change, ...quoting] : quoting;
}

function arrivals(subject: Subject, document: Document, { from, section }: Hunk, template: string): ChangeDefinition[] {
  const depth = section?.depth ?? 1;
  const above = document.sections.filter(({ line }) => line <= from);
  const holder = above.findLast((one) => one.depth < depth);
  const sibling = above.findLast((one) => one.depth <= depth);
  const place = (kind: 'append' | 'insertAfter', at: Section | undefined): ChangeDefinition[] =>
    [at && withAnchor(subject, document, at, (anchors) => ({ kind, anchors, template }))].flatMap((one) => one ?? []);
  return [...place('append', holder), ...(sibling === holder ? [] : place('insertAfter', sibling))];
}

// The shortest path of names that leads to a section and to no other, now and before.
function withAnchor(
  { target, after }: Subject,
  document: Document,
  { path, span }: Section,
  change: (anchors: readonly [SectionAnchor]) => ChangeDefinition,
): ChangeDefinition | undefined {
  const later = readDocument(target, after);
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const names = path.slice(at);
    const { sections } = findSections(document, names);
    const isUnique = sections.length === 1 && sections[0]?.span.start === span.start;
    if (isUnique && findSections(later, names).sections.length < 2) return change([{ kind: 'section', path: names }]);
  }
  return undefined;
}

/** Lines around a change that are quoted with it at most. */
const CONTEXT = 12;

function quotations(subject: Subject, document: Document, hunk: Hunk): ChangeDefinition[] {
  const { before } = subject;
  const isBlank = (at: number): boolean => before.lines[at]?.trim() === '';
  const names = document.sections.filter(({ line, span }) => {
    const end = line + before.text.slice(span.start, span.end).split('\n').length - 1;
    return line <= hunk.from + 1 && hunk.to <= end;
  });
  const under = names.findLast(({ path }) => findSections(document, path.slice(-1)).sections.length === 1)?.name;
  const changes: ChangeDefinition[] = [];
  const quote = (up: number, down: number): void => {
    let [from, to] = [hunk.from - up, hunk.to + down];
    // A quotation begins and ends with a line that says something.
    const first = hunk.lines[0]?.trim() ?? '';
    const last = hunk.lines.at(-1)?.trim() ?? '';
    if (up === 0 && (first === '' || isBlank(from))) return;
    if (down === 0 && (last === '' || isBlank(to - 1))) return;
    while (isBlank(from)) from -= 1;
    while (isBlank(to - 1)) to += 1;
    if (from < 0 || to > before.lines.length || to <= from) return;
    const text = before.lines.slice(from, to).join('\n');
    const lines = [...before.lines.slice(from, hunk.from), ...hunk.lines, ...before.lines.slice(hunk.to, to)];
    const change = { kind: 'replaceText', from: text, to: lines.join('\n') } as const;
    if (changes.some((one) => one.kind === 'replaceText' && one.from === text)) return;
    changes.push(change, ...(under === undefined ? [] : [{ ...change, under }]));
  };
  // A removal of whole lines, with the empty ones beside them.
  if (hunk.lines.every((line) => line.trim() === '') && hunk.to > hunk.from) {
    const from = before.lines.slice(hunk.from, hunk.to).join('\n').trim();
    if (from !== '') changes.push({ kind: 'replaceText', from, to: '' });
  }
  for (let size = 0; size <= CONTEXT; size += 1) {
    quote(size, size);
    if (size === 0) continue;
    quote(size, 0);
    quote(0, size);
  }
  return [...changes, ...wholeSection(subject, document, names, hunk)];
}

// The innermost section that holds the change, as a whole.
function wholeSection(
  subject: Subject,
  document: Document,
  around: readonly Section[],
  hunk: Hunk,
): ChangeDefinition[] {
  const { target, before } = subject;
  const later = readDocument(target, withHunks(before, [hunk]));
  return around.toReversed().flatMap((section) => {
    const now = later.sections.find(({ path }) => path.join('\n') === section.path.join('\n'));
    const template = now && later.text.slice(now.span.start, now.span.end);
    if (template === undefined) return [];
    const was = before.text.slice(section.span.start, section.span.end);
    const change = withAnchor(subject, document, section, (anchors) => ({
      kind: 'replaceSection',
      anchors,
      before: `${was}\n`,
      template: `${template}\n`,
    }));
    return change ?? [];
  });
}

function setOf({ target, before, hunks }: Subject, changes: readonly ChangeDefinition[]): PatchSetDefinition {
  const taken = new Set<string>();
  const document = readDocument(target, before.text);
  const patches = changes.map((change, at): PatchDefinition => {
    const hunk = hunks[at] as Hunk;
    const holder = document.sections.findLast(({ line }) => line <= hunk.from + 1);
    const id = idFor(hunk.section?.name ?? holder?.name ?? '', taken);
    return { id: id as Lowercase<string>, title: titleOf(before, hunk), change };
  });
  return definePatchSet({ target, patches: patches as [PatchDefinition, ...PatchDefinition[]] });
}

function idFor(name: string, taken: Set<string>): string {
  const words = new GithubSlugger().slug(name).match(/[a-z0-9]{1,40}/g) ?? ['change'];
  const stem = words.slice(0, 5).join('-');
  let id = stem;
  for (let count = 2; taken.has(id); count += 1) id = `${stem}-${count}`;
  taken.add(id);
  return id;
}

function titleOf({ lines }: Side, hunk: Hunk): string {
  if (hunk.section) {
    const does = hunk.lines.length === 0 ? 'Remove' : hunk.to > hunk.from ? 'Replace' : 'Add';
    return `${does} “${hunk.section.name}”`;
  }
  const old = lines.slice(hunk.from, hunk.to).join('\n');
  const present = hunk.lines.join('\n');
  if (old.trim() === '') return `Add ${quoted(present)}`;
  return present.trim() === '' ? `Remove ${quoted(old)}` : `Change ${quoted(old)}`;
}
