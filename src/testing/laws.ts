import { type Anchor, findSections } from '../anchor.js';
import { DeadlineError, deadlineFor, within } from '../deadline.js';
import { endedCode, PatchError } from '../define.js';
import { unifiedDiff } from '../diff.js';
import { type Document, pointAt, readDocument, type Section, type Span } from '../document.js';
import { applyEdits, piecesOf as partsOf } from '../edit.js';
import { NestingError } from '../nesting.js';
import type { Patch, PatchSet } from '../patch.js';
import { type PlannedEdit, plan } from '../plan.js';
import { messagesOf } from '../report/message.js';
import { verify } from '../verify.js';
import { list, plural } from '../words.js';
import { chanceFrom, permutations, subsets } from './chance.js';
import { type Drift, driftsOf, driftsOfAll, rewritten } from './drift.js';
import { type Piece, piecesOf, textOf, treeEnd } from './pieces.js';

/** Something that a patch set does not hold. */
export interface TestFailure {
  readonly law: LawName;
  /** Id of the patch, where it is one patch. */
  readonly patch?: string;
  /** What happened to the fixture first, where something did: “after …”. */
  readonly drift?: string;
  /** One sentence. */
  readonly text: string;
  /** What was changed, as a unified diff, where too much was. */
  readonly diff?: string;
}

/** What the laws are called, in their order. */
export type LawName =
  | 'applies'
  | 'declared'
  | 'claims'
  | 'second run'
  | 'orders'
  | 'line ends'
  | 'same answers'
  | 'hand edits'
  | 'drift';

/** One law and how often it was tried. */
export interface LawResult {
  readonly law: LawName;
  /** On what, as in “24 orders”. */
  readonly tried: string;
  readonly failures: readonly TestFailure[];
}

/** A patch set and the document that it is tried on: LF line ends, no BOM. */
export interface Subject {
  readonly set: PatchSet;
  readonly fixture: string;
  /** Documents that differ from the fixture. */
  readonly runs: number;
  readonly seed: number;
  /** Documents that were read, by their text. */
  readonly known: Map<string, Document>;
}

/** Documents on which patches for a fixture are tried where nothing else is said. */
export function runsFor({ length }: string): number {
  return Math.max(20, Math.floor(200 * Math.min(1, 5000 / length)));
}

/** Tries the laws on the fixture itself. Those behind the first are tried only where the patches apply at all. */
export function tryFixture(subject: Subject): LawResult[] {
  const applies = tryApplying(subject);
  if (applies.failures.length > 0) return [applies];
  return [
    applies,
    tryDeclared(subject),
    tryClaims(subject),
    trySecondRun(subject),
    tryOrders(subject),
    tryLineEnds(subject),
    tryAnswers(subject),
    tryHandEdits(subject),
  ];
}

// What a run of some patches comes to, and in a sentence why it is refused.
interface Outcome {
  readonly text: string;
  readonly edits: readonly PlannedEdit[];
  readonly states: readonly string[];
  readonly why?: string;
  /** Whether the code of a patch failed, rather than the document. */
  readonly isBroken?: true;
}

// As `patchText` does it, but for the reports, on a text that may have been read already.
function outcomeOf(subject: Subject, text: string, patches: readonly Patch[] = subject.set.patches): Outcome {
  const { set } = subject;
  const failed = (why: string): Outcome => ({ text, edits: [], states: [], why });
  try {
    return within(deadlineFor(text), () => {
      const planned = plan(documentOf(subject, text), patches, new Set(), set.patches);
      const verification = verify(planned);
      remember(subject, verification.after);
      const [why] = messagesOf(planned, verification).filter(({ level }) => level === 'error');
      const states = planned.entries.map(({ status }) => status.state);
      return why ? { ...failed(why.text), states } : { text: planned.text, edits: planned.edits, states };
    });
  } catch (error) {
    if (error instanceof PatchError) return { ...failed(error.message), isBroken: true };
    if (error instanceof DeadlineError)
      return { ...failed(`${endedCode() ?? 'The run'} does not come back`), isBroken: true };
    if (error instanceof NestingError) return failed(error.message);
    throw error;
  }
}

// What one run has made the next one reads, and every patch reads the same text.
function documentOf(subject: Subject, text: string): Document {
  const known = subject.known.get(text);
  if (known) return known;
  const document = readDocument(subject.set.target, text);
  remember(subject, document);
  return document;
}

/** Documents that are kept, the last ones. */
const KEPT = 40;

function remember({ known }: Subject, document: Document): void {
  known.delete(document.text);
  known.set(document.text, document);
  const [oldest] = known.keys();
  if (known.size > KEPT && oldest !== undefined) known.delete(oldest);
}

function tryApplying(subject: Subject): LawResult {
  const { set, fixture } = subject;
  const together = outcomeOf(subject, fixture);
  const failures = set.patches.flatMap((patch, at): TestFailure[] => {
    const failed = (text: string): TestFailure[] => [{ law: 'applies', patch: patch.id, text }];
    const alone = outcomeOf(subject, fixture, [patch]);
    if (alone.why !== undefined && together.why !== undefined) return failed(alone.why);
    const state = (alone.why === undefined ? alone.states[0] : together.states[at]) ?? '';
    return state === 'pending'
      ? []
      : failed(`Expected it to have something to do in the fixture, where it is \`${state}\` before the first run`);
  });
  if (failures.length === 0 && together.why !== undefined) failures.push({ law: 'applies', text: together.why });
  return { law: 'applies', tried: `${plural(set.patches.length, 'patch')}, alone and together`, failures };
}

// What comes in is what the patch says, and what it puts in takes nothing away.
function tryDeclared(subject: Subject): LawResult {
  const { set, fixture } = subject;
  const { edits, text } = outcomeOf(subject, fixture);
  const failures = edits.flatMap(({ patch, span, text: brought }): TestFailure[] => {
    const failed = (said: string): TestFailure => ({ law: 'declared', patch: patch.id, text: said });
    const line = pointAt(fixture, span.start).line;
    if (isInsertion(patch) && span.end > span.start) return [failed(`It takes away what stands on line ${line}`)];
    // What has its place in another's text is a part of that.
    const own = set.patches.map(declaredBy).filter((declared) => folded(brought).includes(folded(declared)));
    return own.includes(declaredBy(patch)) ? [] : [failed(`It brings something else than its text to line ${line}`)];
  });
  if (applyEdits(fixture, edits) !== text) failures.push({ law: 'declared', text: 'More than the edits is different' });
  return { law: 'declared', tried: plural(edits.length, 'edit'), failures };
}

function declaredBy({ change }: Patch): string {
  if (change.kind === 'replace') return change.template.code.value;
  if ('template' in change) return change.template?.text ?? '';
  return change.kind === 'substitute' ? change.text : '';
}

// A claim that holds before tells nothing of the patch: what is outside of it stays as it is anyway.
function tryClaims(subject: Subject): LawResult {
  const { set, fixture } = subject;
  const failures = set.patches.flatMap((patch): TestFailure[] => {
    const failed = (text: string): TestFailure => ({ law: 'claims', patch: patch.id, text });
    const after = aloneOrTogether(subject, patch);
    const before = documentOf(subject, fixture);
    return patch.checks.flatMap((check): TestFailure[] => {
      const [was, is] = [check.judge(before), check.judge(documentOf(subject, after))];
      if (was.holds) return [failed(`Expected “${check.claim}” to be false before: it holds without the patch`)];
      if (is.evidence.length * was.evidence.length === 0) return [failed(`Expected evidence of “${check.claim}”`)];
      return [];
    });
  });
  const claims = set.patches.flatMap(({ checks }) => checks).length;
  return { law: 'claims', tried: plural(claims, 'claim'), failures };
}

function trySecondRun(subject: Subject): LawResult {
  const { set, fixture } = subject;
  const chosen = [...set.patches.map((patch) => [patch]), set.patches];
  const failures = chosen.flatMap((patches): TestFailure[] => {
    const once = outcomeOf(subject, fixture, patches);
    if (once.why !== undefined) return [];
    const twice = outcomeOf(subject, once.text, patches);
    const where = patches.length === 1 && patches[0] ? { patch: patches[0].id } : {};
    const failed = (text: string, diff = ''): TestFailure[] => [
      { law: 'second run', ...where, text, ...(diff !== '' && { diff }) },
    ];
    if (twice.why !== undefined) return failed(`The second run is refused: ${twice.why}`);
    if (twice.text !== once.text) return failed('The second run changes the text again', diffOf(subject, once, twice));
    const odd = twice.states.findIndex((state) => state !== 'applied');
    return odd === -1 ? [] : failed(`After the first run \`${patches[odd]?.id}\` is \`${twice.states[odd]}\``);
  });
  return { law: 'second run', tried: plural(chosen.length, 'run'), failures };
}

/** Runs of one patch that the orders tried of a set of many patches come to, or more where that is a handful of orders. */
const TURNS = 48;

function tryOrders(subject: Subject): LawResult {
  const { set, fixture, seed } = subject;
  const done = outcomeOf(subject, fixture).text;
  const chance = chanceFrom(seed);
  const most = Math.max(6, Math.floor(TURNS / set.patches.length));
  const orders = permutations(set.patches, most, chance);
  const halves = subsets(set.patches, most, chance);
  const name = (patches: readonly Patch[]): string => list(patches.map(({ id }) => `\`${id}\``));
  const failures: TestFailure[] = [];
  const compare = (what: string, made: Outcome): void => {
    const { text, why } = made;
    if (why !== undefined) failures.push({ law: 'orders', text: `${what} is refused: ${why}` });
    else if (text !== done)
      failures.push({
        law: 'orders',
        text: `${what} ends in another text than one run of all`,
        diff: diffOf(subject, { text: done }, made),
      });
  };
  const known = new Map<string, Outcome>();
  const run = (text: string, patch: Patch): Outcome => {
    const key = `${patch.id} ${text}`;
    const made = known.get(key) ?? outcomeOf(subject, text, [patch]);
    known.set(key, made);
    return made;
  };
  for (const order of orders) compare(`One run each in the order ${name(order)}`, inTurn(fixture, order, run));
  for (const half of halves) {
    const first = outcomeOf(subject, fixture, half);
    // What has its place in the text of another cannot be first.
    if (first.why === undefined) compare(`A run of ${name(half)}, then of all,`, outcomeOf(subject, first.text));
  }
  return {
    law: 'orders',
    tried: `${plural(orders.length, 'order')}, ${plural(halves.length, 'choice')}`,
    failures,
  };
}

// One run per patch; one that has its place in what another brings waits for it.
function inTurn(fixture: string, order: readonly Patch[], run: (text: string, patch: Patch) => Outcome): Outcome {
  let waiting = [...order];
  let done: Outcome = { text: fixture, edits: [], states: [] };
  for (;;) {
    const left: Patch[] = [];
    let why: string | undefined;
    for (const patch of waiting) {
      const next = run(done.text, patch);
      if (next.why === undefined) done = next;
      else {
        left.push(patch);
        why ??= next.why;
      }
    }
    if (left.length === 0 || left.length === waiting.length) return why === undefined ? done : { ...done, why };
    waiting = left;
  }
}

const DRESSES: readonly (readonly [string, (text: string) => string])[] = [
  ['CRLF line ends', (text) => text.replaceAll('\n', '\r\n')],
  ['a BOM', (text) => `\uFEFF${text}`],
  ['a BOM and CRLF line ends', (text) => `\uFEFF${text.replaceAll('\n', '\r\n')}`],
  ['no line end at the end', (text) => text.trimEnd()],
  ['CRLF line ends, but none at the end', (text) => text.trimEnd().replaceAll('\n', '\r\n')],
];

function tryLineEnds(subject: Subject): LawResult {
  const { fixture } = subject;
  const done = outcomeOf(subject, fixture).text;
  // A single line has no line ends to tell them by.
  const isOneLine = !fixture.trimEnd().includes('\n');
  const failures = DRESSES.flatMap(([what, dress]): TestFailure[] => {
    if (isOneLine && !dress(fixture).includes('\n')) return [];
    const made = outcomeOf(subject, dress(fixture));
    if (made.why !== undefined) return [{ law: 'line ends', text: `With ${what} it is refused: ${made.why}` }];
    if (made.text === dress(done)) return [];
    const diff = diffOf(subject, { text: dress(done) }, made);
    return [{ law: 'line ends', text: `With ${what} the finished text differs by more than that`, diff }];
  });
  return { law: 'line ends', tried: plural(DRESSES.length, 'form'), failures };
}

// The same text always has the same answer: twice in a row, and after others.
function tryAnswers(subject: Subject): LawResult {
  const { set, fixture } = subject;
  const texts = [fixture, ...set.patches.map((patch) => aloneOrTogether(subject, patch)), '# Other\n', fixture];
  const documents = texts.flatMap((text) => [readDocument(set.target, text), readDocument(set.target, text)]);
  const answers = new Map<string, string>();
  const failures: TestFailure[] = [];
  let count = 0;
  const ask = (patch: string, what: string, key: string, answer: () => unknown): void => {
    count += 1;
    let given: string;
    try {
      given = JSON.stringify(answer());
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      failures.push({ law: 'same answers', patch, text: error.message });
      return;
    }
    const known = answers.get(`${patch} ${what} ${key}`);
    answers.set(`${patch} ${what} ${key}`, known ?? given);
    if (known !== undefined && known !== given)
      failures.push({ law: 'same answers', patch, text: `${what} answers ${known}, then ${given} of the same text` });
  };
  for (const document of documents) {
    for (const { id, checks, change } of set.patches) {
      for (const check of checks) ask(id, `“${check.claim}”`, document.text, () => check.judge(document));
      if (change.kind !== 'replace') continue;
      for (const node of document.tree.children) {
        if (node.type !== 'code') continue;
        ask(id, 'The test of `subject`', node.value, () => change.subject.test(node.value));
        ask(id, 'The test of `before`', node.value, () => change.before.test(node.value));
      }
    }
  }
  return {
    law: 'same answers',
    tried: plural(count, 'answer'),
    failures: failures.filter(
      (one, at) => failures.findIndex(({ patch, text }) => patch === one.patch && text === one.text) === at,
    ),
  };
}

/** Tries whether what somebody changed in the text that a patch brought is left alone. */
export function tryHandEdits(subject: Subject): LawResult {
  const { set, fixture } = subject;
  let count = 0;
  const failures = set.patches.flatMap((patch): TestFailure[] => {
    const done = outcomeOf(subject, fixture, [patch]);
    return partsOf(fixture.length, done.edits).flatMap(({ span, edit }): TestFailure[] => {
      const places = edit ? lettersToEdit(done.text, span) : [];
      const [first] = places;
      const texts = places.map((at) => [at, otherLetter(done.text, at)] as const);
      const all = first === undefined ? [] : [...texts, [first, withLine(done.text, first)] as const];
      count += all.length;
      return all.flatMap(([at, text]): TestFailure[] => {
        const edited = { text };
        const made = outcomeOf(subject, edited.text, [patch]);
        if (made.text === edited.text) return [];
        const said = `An edit on line ${pointAt(done.text, at).line} of what it brought is not left alone`;
        return [{ law: 'hand edits', patch: patch.id, text: said, diff: diffOf(subject, edited, made) }];
      });
    });
  });
  return { law: 'hand edits', tried: plural(count, 'edit'), failures };
}

/** Lines of what a patch brought that are edited, one at a time. */
const EDITED_LINES = 5;

// A letter in the middle of some lines that are no headings: a section under another heading is another section.
function lettersToEdit(text: string, { start, end }: Span): number[] {
  const letters = [...text.slice(start, end).matchAll(/^(?!#{1,6} ).*/gm)].flatMap((line) => {
    const own = [...line[0].matchAll(/\p{L}/gu)].map((letter) => start + line.index + letter.index);
    return own[Math.floor(own.length / 2)] ?? [];
  });
  const step = Math.max(1, letters.length / EDITED_LINES);
  return letters.filter((_, at) => Math.floor(at / step) !== Math.floor((at - 1) / step));
}

// Somebody's own line behind another.
function withLine(text: string, at: number): string {
  const end = text.indexOf('\n', at);
  const line = 'and a line of somebody else';
  return end === -1 ? `${text}\n${line}` : `${text.slice(0, end)}\n${line}${text.slice(end)}`;
}

function otherLetter(text: string, at: number): string {
  return `${text.slice(0, at)}${text[at] === 'q' ? 'x' : 'q'}${text.slice(at + 1)}`;
}

/** What one patch makes of the fixture, and where. */
interface Made {
  readonly patch: Patch;
  /** Its place in the set. */
  readonly index: number;
  readonly edits: readonly PlannedEdit[];
  /** What it takes away, edit by edit. */
  readonly removed: readonly string[];
  /** The pieces that its edits stand in, and of an insertion those that its anchors name. */
  readonly homes: readonly (readonly number[])[];
}

type Wrong = Pick<TestFailure, 'patch' | 'text' | 'diff'>;

/**
 * Tries the law of documents that have drifted: first what can happen to the document and to what the patches speak of, then other
 * changes, then several at once.
 */
export function tryDrift(subject: Subject): LawResult {
  const { set, fixture, runs, seed } = subject;
  const pieces = piecesOf(set.target, fixture);
  const made = madeOf(subject, pieces);
  const near = nearPieces(pieces, made);
  const paths = made.flatMap(({ patch }) =>
    anchorsOf(patch).flatMap((one) => (one.kind === 'lines' ? [] : [one.path])),
  );
  const names = [...new Set(paths.map((path) => path.at(-1) ?? ''))];
  const chance = chanceFrom(seed);
  const others = pieces.filter((piece) => !near.includes(piece)).flatMap(driftsOf);
  const own = [...driftsOfAll(pieces, names), ...made.flatMap(rewritings), ...chance.shuffled(near.flatMap(driftsOf))];
  const joinable = [...own, ...others].filter(({ isAlone }) => !isAlone);
  const single = [...own, ...chance.shuffled(others).slice(0, own.length / 2)].slice(0, Math.ceil(runs * 0.8));
  const several = Array.from({ length: runs - single.length }, () =>
    chance.shuffled(joinable).slice(0, 2 + chance.below(2)),
  );
  const counts = { same: 0, refused: 0 };
  const failures = new Map<string, TestFailure>();
  for (const together of [...single.map((drift) => [drift]), ...several]) {
    for (const { patch } of wrongsAfter(subject, pieces, made, together, counts)) {
      const wrongOf = (drifts: readonly Drift[]): Wrong | undefined =>
        wrongsAfter(subject, pieces, made, drifts).find((one) => one.patch === patch);
      const fewest = fewestOf(together, (few) => wrongOf(few) !== undefined);
      const drift = list(fewest.map(({ what }) => what));
      const found = wrongOf(fewest);
      if (found) failures.set(`${patch} ${drift}`, { law: 'drift', drift, ...found });
    }
  }
  const { same, refused } = counts;
  return {
    law: 'drift',
    tried: `${plural(runs, 'document')}, ${plural(same, 'edit')}, ${plural(refused, 'refusal')}`,
    failures: [...failures.values()],
  };
}

// A drift made of several is told by those of them that it takes.
function fewestOf(drifts: readonly Drift[], isWrong: (few: readonly Drift[]) => boolean): readonly Drift[] {
  const without = drifts.map((_, at) => drifts.toSpliced(at, 1)).find((few) => few.length > 0 && isWrong(few));
  return without ? fewestOf(without, isWrong) : drifts;
}

// A patch without edits of its own has its place in what another brings.
function madeOf(subject: Subject, pieces: readonly Piece[]): Made[] {
  const { fixture, set } = subject;
  const { edits: all } = outcomeOf(subject, fixture);
  const document = documentOf(subject, fixture);
  const idAt = (offset: number): number => homeAt(pieces, offset).id ?? 0;
  return set.patches.flatMap((patch, index): Made[] => {
    const edits = all.filter((edit) => edit.patch === patch);
    const named = anchorsOf(patch).flatMap((anchor): number[] => {
      if (anchor.kind === 'lines') return [idAt(lineStart(fixture, anchor.from))];
      const { sections } = findSections(document, anchor.path);
      return sections.length === 1 && sections[0] ? [idAt(sections[0].span.start)] : [];
    });
    const removed = edits.map(({ span }) => fixture.slice(span.start, span.end));
    const homes = removed.map((gone, at) =>
      isInsertion(patch) ? named : [idAt((edits[at]?.span.start ?? 0) + gone.length - gone.trimStart().length)],
    );
    return edits.length === 0 ? [] : [{ patch, index, edits, removed, homes }];
  });
}

// What goes wrong in a document that has drifted: of all patches together or, where one of them is refused, of each alone.
function wrongsAfter(
  subject: Subject,
  pieces: readonly Piece[],
  made: readonly Made[],
  drifts: readonly Drift[],
  counts = { same: 0, refused: 0 },
): Wrong[] {
  const drifted = drifts.reduce((all, { change }) => change(all), pieces);
  const text = textOf(drifted);
  const isHarmless = drifts.every((drift) => drift.isHarmless);
  const together = outcomeOf(subject, text);
  const wrongs = made.flatMap((one): Wrong[] => {
    const now = together.why === undefined ? together : outcomeOf(subject, text, [one.patch]);
    const wrong = wrongOf(subject, drifted, now, one, { text, isHarmless });
    if (wrong === undefined) counts[now.why !== undefined || now.text === text ? 'refused' : 'same'] += 1;
    if (wrong === undefined) return [];
    const diff = now.text === text ? {} : { diff: diffOf(subject, { text }, now) };
    return [{ patch: one.patch.id, text: wrong, ...diff }];
  });
  if (wrongs.length === 0 && isHarmless && together.why !== undefined)
    return [{ text: `All together are refused, though nothing that they need is different: ${together.why}` }];
  return wrongs;
}

function wrongOf(
  subject: Subject,
  drifted: readonly Piece[],
  now: Outcome,
  made: Made,
  { text, isHarmless }: { text: string; isHarmless: boolean },
): string | undefined {
  const { patch, index, homes } = made;
  if (now.isBroken) return now.why;
  if (now.why !== undefined)
    return isHarmless ? `It is refused, though nothing that it needs is different: ${now.why}` : undefined;
  const edits = now.edits.filter((edit) => edit.patch === patch);
  if (edits.length > 0) return strayEdit(documentOf(subject, text), drifted, now, edits, made);
  // One that drifted was left alone because its claims hold.
  const isApplied = now.states[now.states.length === 1 ? 0 : index] === 'applied';
  // What happened to the document may be the very change.
  if (patch.change.kind === 'substitute' && text.includes(patch.change.text)) return undefined;
  const isLeft = homes.flat().some((id) => drifted.some((piece) => piece.id === id));
  return isApplied && isLeft && !isRemoval(patch) ? 'It passes for applied, and nothing is done' : undefined;
}

// Why what was done to a drifted text is not what was done to the fixture.
function strayEdit(
  { text, sections }: Document,
  drifted: readonly Piece[],
  now: Outcome,
  edits: readonly PlannedEdit[],
  { patch, edits: made, removed, homes }: Made,
): string | undefined {
  if (applyEdits(text, now.edits) !== now.text) return 'More than the edits is different';
  if (edits.length !== made.length) return `It makes ${plural(edits.length, 'edit')} where it made ${made.length}`;
  for (const [at, { span, text: brought }] of edits.entries()) {
    const gone = text.slice(span.start, span.end);
    // Empty lines before it may go with it.
    const start = span.start + (gone.trim() === '' ? 0 : gone.length - gone.trimStart().length);
    const { line } = pointAt(text, start);
    const home = homeAt(drifted, start);
    // What an open fence or comment swallowed is no section.
    const isSeen = home.depth === 0 || sections.some((one) => homeAt(drifted, one.span.start) === home);
    const isAtHome = (isSeen || patch.change.kind === 'substitute') && isHome(drifted, home, homes[at] ?? [], patch);
    const where = home.depth === 0 ? `line ${line}` : `line ${line}, under “${home.name}”`;
    if (folded(brought) !== folded(made[at]?.text ?? '')) return `It brings another text to ${where}`;
    if (isInsertion(patch)) {
      if (gone.trim() !== '') return `It takes away what stands on ${where}`;
      const ended = chainAt(drifted, sections, span.start);
      if (!ended.some((id) => meant(drifted, patch, homes[at] ?? []).has(id))) return `It goes to ${where}`;
    } else if (patch.change.kind === 'replaceSection') {
      const index = drifted.indexOf(home);
      const whole = textOf(drifted.slice(index, treeEnd(drifted, index)));
      if (!isAtHome || !folded(whole).startsWith(folded(gone))) return `It changes another section on ${where}`;
    } else if (!isAtHome || unmarked(gone) !== unmarked(removed[at] ?? ''))
      return `It replaces another text on ${where}`;
  }
  return undefined;
}

// A quoted text is told by itself: where its piece is not there as such, it is the same one inside of another block.
function isHome(drifted: readonly Piece[], { id }: Piece, homes: readonly number[], { change }: Patch): boolean {
  if (id !== undefined) return homes.includes(id);
  return change.kind === 'substitute' && !drifted.some((piece) => piece.id !== undefined && homes.includes(piece.id));
}

// The pieces that a place ends, as the finished outline will have it: those that it stands under, and those that it comes behind.
function chainAt(drifted: readonly Piece[], sections: readonly Section[], offset: number): number[] {
  const above = sections.filter(({ span }) => span.start < offset);
  let depth = 7;
  const next = sections.find(({ span }) => span.start >= offset)?.depth ?? 0;
  const chain: number[] = [];
  for (const section of above.toReversed()) {
    if (section.depth >= depth) continue;
    depth = section.depth;
    // What goes on behind the place is not ended by it.
    if (next > depth) break;
    const piece = homeAt(drifted, section.span.start);
    if (piece.id !== undefined && piece.depth > 0) chain.push(piece.id);
  }
  return chain;
}

// What an insertion may come behind: what its anchors name, and what holds that and is no less deep than what comes in.
function meant(drifted: readonly Piece[], { change }: Patch, named: readonly number[]): Set<number> {
  const all = new Set(named);
  if (change.kind !== 'insertAfter') return all;
  for (const [at, piece] of drifted.entries()) {
    if (piece.id === undefined || !named.includes(piece.id)) continue;
    let { depth } = piece;
    for (const above of drifted.slice(0, at).toReversed()) {
      if (above.depth === 0 || above.depth >= depth) continue;
      depth = above.depth;
      if (depth >= change.template.heading.depth && above.id !== undefined) all.add(above.id);
    }
  }
  return all;
}

function rewritings({ patch, removed, homes }: Made): Drift[] {
  return removed.flatMap((text, at): Drift[] => {
    const id = homes[at]?.[0] ?? 0;
    if (patch.change.kind === 'replace') {
      const other = 'something else\nstands here now\n';
      return [rewritten(id, text, other, 'the block that it replaces came to show something else')];
    }
    if (patch.change.kind !== 'substitute') return [];
    const letters = [...text.matchAll(/\p{L}/gu)].map(({ index }) => index);
    const letter = letters[Math.floor(letters.length / 2)];
    if (letter === undefined) return [];
    return [rewritten(id, text, otherLetter(text, letter), 'a letter of the text that it replaces became another')];
  });
}

// Those that the patches speak of, what they stand under, and what stands under and beside them.
function nearPieces(pieces: readonly Piece[], made: readonly Made[]): Piece[] {
  const homes = new Set(made.flatMap(({ homes: all }) => all.flat()));
  const near = new Set<Piece>();
  for (const [at, piece] of pieces.entries()) {
    if (!homes.has(piece.id ?? -1)) continue;
    near.add(piece);
    const above = pieces.findLast(({ depth }, index) => index < at && depth > 0 && depth < piece.depth);
    const next = pieces[at + 1];
    if (above) near.add(above);
    if (next) near.add(next);
  }
  return [...near];
}

function homeAt(pieces: readonly Piece[], offset: number): Piece {
  let end = 0;
  for (const piece of pieces) {
    end += piece.heading.length + piece.body.length;
    if (offset < end) return piece;
  }
  return pieces.at(-1) as Piece;
}

function anchorsOf({ change }: Patch): readonly Anchor[] {
  return 'anchors' in change ? change.anchors : [];
}

function isInsertion({ change }: Patch): boolean {
  return change.kind === 'append' || change.kind === 'insertAfter';
}

function isRemoval({ change }: Patch): boolean {
  return change.kind === 'substitute' ? change.text === '' : change.kind === 'replaceSection' && !change.template;
}

function aloneOrTogether(subject: Subject, patch: Patch): string {
  const alone = outcomeOf(subject, subject.fixture, [patch]);
  return alone.why === undefined ? alone.text : outcomeOf(subject, subject.fixture).text;
}

// White space at the ends of lines, empty lines and the indentation of a block are no part of what is said.
function folded(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n');
}

// A quoted text is the same in other emphasis.
function unmarked(text: string): string {
  return folded(text).replace(/[*_`]/g, '');
}

function lineStart(text: string, line: number): number {
  let at = 0;
  for (let count = 1; count < line; count += 1) at = text.indexOf('\n', at) + 1;
  return at;
}

function diffOf({ set }: Subject, before: { text: string }, after: { text: string }): string {
  return unifiedDiff(set.target, before.text, [{ span: { start: 0, end: before.text.length }, text: after.text }], 1);
}
