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
import { runsFor, tryDrift, tryFixture, tryHandEdits } from '../testing/laws.js';
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
 * @param runs documents on which the test kit tries them
 * @throws RecordError where a difference cannot be made by a patch, or there is none
 */
export function recordPatches(target: string, former: string, present: string, runs?: number): Recorded {
  const before = sideOf(target, plain(former));
  const after = sideOf(target, plain(present));
  const all = hunksBetween(before, after);
  const isSaid = ({ from, to, lines }: Hunk): boolean =>
    [...before.lines.slice(from, to), ...lines].some((line) => line.trim() !== '');
  let hunks = all.filter(isSaid);
  if (hunks.length === 0) throw new RecordError('nothing in it says something else');
  const wanted = withHunks(before, hunks);
  for (;;) {
    const tried = attempt({ target, before, after: wanted, hunks }, runs);
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

function attempt(
  subject: Subject,
  runs: number | undefined,
): PatchSetDefinition | { readonly clash: readonly [number, number] } {
  const { target, before, after, hunks } = subject;
  const document = readDocument(target, before.text);
  const later = readDocument(target, after);
  const choices = hunks.map((hunk) => candidatesFor({ ...subject, document, later }, hunk));
  const nextRight = (at: number): ChangeDefinition => {
    const hunk = hunks[at] as Hunk;
    for (;;) {
      const { value: change } = (choices[at] as Generator<ChangeDefinition>).next();
      if (change === undefined) throw new RecordError(`no patch makes the change of ${hunkLines(hunk)}`);
      if (isRight(subject, document, hunk, change)) return change;
    }
  };
  const chosen = hunks.map((_, at) => nextRight(at));
  for (let round = 1; ; round += 1) {
    const set = setOf(subject, chosen);
    const planned = planOf(document, set);
    const clash = clashOf(planned);
    if (clash) return { clash };
    if (textOf(planned) !== after) {
      const [refused] = messagesOf(planned, verify(planned)).filter(({ level }) => level === 'error');
      throw new RecordError(
        `the patches together make something else of it${refused ? `: ${refused.text.replace(/; [^;]{0,200}$/, '')}` : ''}`,
      );
    }
    const kit = kitFor(set, before, runs ?? runsFor(before.text));
    const onFixture = tryFixture(kit).flatMap((law) => law.failures);
    const failures = onFixture.length > 0 ? onFixture : tryDrift(kit).failures;
    const [failure] = failures;
    if (!failure) return set;
    const guilty = new Set(failures.map(({ patch }) => set.patches.findIndex(({ id }) => id === patch)));
    if (guilty.has(-1) || round === ROUNDS) {
      const drift = failure.drift === undefined ? '' : `after ${failure.drift}: `;
      const whose = failure.patch === undefined ? '' : `\`${failure.patch}\`, `;
      throw new RecordError(`patches that make it would not be safe: ${whose}${drift}${failure.text}`);
    }
    for (const at of guilty) chosen[at] = nextRight(at);
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

// Alone it makes its own hunk and nothing else, finds it made afterwards, and leaves it alone when somebody has edited it.
function isRight({ target, before }: Subject, document: Document, hunk: Hunk, change: ChangeDefinition): boolean {
  const set = { target, patches: [{ id: 'x', title: 'x', change }] } as const;
  const expected = withHunks(before, [hunk]);
  try {
    if (textOf(planOf(document, set)) !== expected) return false;
    const again = planOf(readDocument(target, expected), set);
    if (again.entries[0]?.status.state !== 'applied') return false;
  } catch (error) {
    if (error instanceof PatchError || error instanceof NestingError) return false;
    throw error;
  }
  return tryHandEdits(kitFor(set, before, 0)).failures.length === 0;
}

function kitFor(set: PatchSetDefinition, { text }: Side, runs: number): Parameters<typeof tryHandEdits>[0] {
  return { set: engineSet(set), fixture: text, runs, seed: 1, known: new Map() };
}

function planOf(document: Document, set: PatchSetDefinition): Plan {
  return plan(document, engineSet(set).patches);
}

// Undefined where it is refused.
function textOf(planned: Plan): string | undefined {
  const isFileRefused = planned.entries.some(({ status }) => isRefused(status)) || verify(planned).findings.length > 0;
  return isFileRefused ? undefined : planned.text;
}

/** What candidates are made of: the former text, and the text that is wanted. */
interface Place extends Subject {
  readonly document: Document;
  readonly later: Document;
}

// What could make the change of a hunk, the plainest first.
function* candidatesFor(place: Place, hunk: Hunk): Generator<ChangeDefinition> {
  const { section } = hunk;
  if (section) {
    const markdown = (lines: readonly string[]): string => `${lines.join('\n').trim()}\n`;
    const before = markdown(place.before.lines.slice(hunk.from, hunk.to));
    const template = markdown(hunk.lines);
    if (hunk.from === hunk.to) yield* arrivals(place, hunk, section, template);
    else {
      for (const anchors of anchorsOn(place, section))
        yield hunk.lines.length === 0
          ? { kind: 'removeSection', anchors, before }
          : { kind: 'replaceSection', anchors, before, template };
    }
  }
  yield* quotations(place, hunk);
}

function* arrivals(place: Place, { from }: Hunk, { depth }: Section, template: string): Generator<ChangeDefinition> {
  const above = place.document.sections.filter(({ line }) => line <= from);
  const holder = above.findLast((one) => one.depth < depth);
  const sibling = above.findLast((one) => one.depth <= depth);
  for (const anchors of anchorsOn(place, holder)) yield { kind: 'append', anchors, template };
  if (sibling !== holder)
    for (const anchors of anchorsOn(place, sibling)) yield { kind: 'insertAfter', anchors, template };
}

// The shortest path of names that leads to a section and to no other, now and before; none where there is no such path.
function anchorsOn({ document, later }: Place, section: Section | undefined): (readonly [SectionAnchor])[] {
  const { path = [], span } = section ?? {};
  for (let at = path.length - 1; at >= 0; at -= 1) {
    const names = path.slice(at);
    const { sections } = findSections(document, names);
    const isUnique = sections.length === 1 && sections[0]?.span.start === span?.start;
    if (isUnique && findSections(later, names).sections.length < 2) return [[{ kind: 'section', path: names }]];
  }
  return [];
}

/** Lines around a change that are quoted with it at most. */
const CONTEXT = 12;

function* quotations(place: Place, hunk: Hunk): Generator<ChangeDefinition> {
  const { before, document } = place;
  const around = document.sections.filter(({ line, span }) => {
    const end = line - 1 + before.text.slice(span.start, span.end).split('\n').length;
    return line <= hunk.from + 1 && hunk.to <= end;
  });
  const under = around.findLast((section) => anchorsOn(place, section)[0]?.[0].path.length === 1)?.name;
  // Whole lines go with the empty ones beside them.
  const gone = before.lines.slice(hunk.from, hunk.to).join('\n').trim();
  if (gone !== '' && hunk.lines.every((line) => line.trim() === ''))
    yield* [{ kind: 'replaceText', from: gone, to: '' } as const].flatMap((change) => underToo(change, under));
  const known = new Set<string>();
  for (let size = 0; size <= CONTEXT; size += 1) {
    for (const [up, down] of size === 0
      ? [[0, 0]]
      : [
          [size, size],
          [size, 0],
          [0, size],
        ]) {
      const change = quotation(before, hunk, up as number, down as number);
      if (!change || known.has(change.from)) continue;
      known.add(change.from);
      yield* underToo(change, under);
    }
  }
  yield* wholeSections(place, around, hunk);
}

type Quotation = Extract<ChangeDefinition, { kind: 'replaceText' }>;

function underToo(change: Quotation, under: string | undefined): Quotation[] {
  return under === undefined ? [change] : [change, { ...change, under }];
}

// A change with some lines before and behind it; a quotation begins and ends with a line that says something.
function quotation({ lines }: Side, hunk: Hunk, up: number, down: number): Quotation | undefined {
  const isBlank = (line: string | undefined): boolean => line?.trim() === '';
  let [from, to] = [hunk.from - up, hunk.to + down];
  if (up === 0 && (hunk.lines.length === 0 || isBlank(hunk.lines[0]) || isBlank(lines[from]))) return undefined;
  if (down === 0 && (hunk.lines.length === 0 || isBlank(hunk.lines.at(-1)) || isBlank(lines[to - 1]))) return undefined;
  while (isBlank(lines[from])) from -= 1;
  while (isBlank(lines[to - 1])) to += 1;
  if (from < 0 || to > lines.length || to <= from) return undefined;
  const made = [...lines.slice(from, hunk.from), ...hunk.lines, ...lines.slice(hunk.to, to)];
  return { kind: 'replaceText', from: lines.slice(from, to).join('\n'), to: made.join('\n') };
}

// The sections that hold the change, the innermost first, each as a whole.
function* wholeSections(place: Place, around: readonly Section[], hunk: Hunk): Generator<ChangeDefinition> {
  const { target, before } = place;
  const made = readDocument(target, withHunks(before, [hunk]));
  for (const section of around.toReversed()) {
    const now = made.sections.find(({ path }) => path.join('\n') === section.path.join('\n'));
    if (!now) continue;
    const template = `${made.text.slice(now.span.start, now.span.end)}\n`;
    const former = `${before.text.slice(section.span.start, section.span.end)}\n`;
    for (const anchors of anchorsOn(place, section))
      yield { kind: 'replaceSection', anchors, before: former, template };
  }
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
