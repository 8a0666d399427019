import type { CodeAnchor, LinesAnchor, SectionAnchor } from './anchor.js';
import type { Document } from './document.js';
import { frozen } from './frozen.js';
import type { Change, Check, Patch, PatchSet, Question, Recogniser, Verdict } from './patch.js';
import { type Template, templateOf } from './template.js';

/** At least one anchor; the first that is there decides. Lines of the unedited original can only come behind others. */
export type Anchors<A> = readonly [A, ...(A | LinesAnchor)[]];

/**
 * What a patch does. Templates and texts are Markdown with any line ends.
 * - `insertAfter`: a section comes in behind the anchor's; behind the one that holds it where the template is less deep.
 * - `append`: a section comes in as the last part inside the anchor's.
 * - `replaceSection`, `removeSection`: the anchor's section, heading and all, becomes another, or goes. `before` is the section as it
 *   was when the patch was written: one that says something else has been edited since, and is left alone.
 * - `replaceCode`: the content of one fenced block among the anchor's becomes that of the template, which is a fenced block.
 * - `replaceText`: a text, quoted as whole lines or a part of one, becomes another; '' takes it out.
 *
 * The template of `insertAfter` and `append` opens with its heading, by which the section is found again.
 */
export type ChangeDefinition =
  | { readonly kind: 'insertAfter' | 'append'; readonly anchors: Anchors<SectionAnchor>; readonly template: string }
  | {
      readonly kind: 'replaceSection';
      readonly anchors: readonly [SectionAnchor, ...SectionAnchor[]];
      readonly before: string;
      readonly template: string;
    }
  | {
      readonly kind: 'removeSection';
      readonly anchors: readonly [SectionAnchor, ...SectionAnchor[]];
      readonly before: string;
    }
  | {
      readonly kind: 'replaceCode';
      readonly anchors: Anchors<CodeAnchor>;
      readonly template: string;
      /** The kind of block that is meant, whatever it shows. */
      readonly subject: Recogniser;
      /** What the block showed when the patch was written. */
      readonly before: Recogniser;
    }
  | {
      readonly kind: 'replaceText';
      readonly from: string;
      readonly to: string;
      /** Name of the heading under which the text stands, where it stands several times. */
      readonly under?: string;
    };

/**
 * A claim about the finished document, judged on what it means: on a document that is frozen all the way down, and often, so the
 * same text must always have the same answer.
 */
export interface CheckDefinition {
  readonly claim: string;
  readonly covers?: readonly string[];
  readonly judge: (document: Document) => Verdict;
}

/** A patch as its author writes it. */
export interface PatchDefinition {
  /** Lower-case words joined by hyphens, unique in its set. */
  readonly id: Lowercase<string>;
  readonly title: string;
  /** Why the change is made, for who reviews it: one sentence of Markdown. */
  readonly why?: string;
  readonly change: ChangeDefinition;
  readonly checks?: readonly CheckDefinition[];
}

/** Patches that belong together, in the order in which they are listed and reported. */
export interface PatchSetDefinition {
  /** Where the document stands in a repository, with `/`: what discovery looks for. */
  readonly target: string;
  readonly patches: readonly [PatchDefinition, ...PatchDefinition[]];
  /** What only people can confirm of the finished document. */
  readonly questions?: readonly Question[];
}

/** What is no patch, or did not behave as one. The text names it and says what was expected. */
export class PatchError extends Error {}

/**
 * A patch of your own: what it was given, frozen.
 *
 * @throws PatchError when what the types say is not so, as it can be from JavaScript, or a template is not of its kind
 */
export function definePatch(definition: PatchDefinition): PatchDefinition {
  enginePatch(definition);
  return frozen(definition);
}

/**
 * A set of patches of your own, for one document: what it was given, frozen.
 *
 * @throws PatchError when what the types say is not so, two patches have one id, or the target is no path below a directory
 */
export function definePatchSet(definition: PatchSetDefinition): PatchSetDefinition {
  engineSet(definition);
  return frozen(definition);
}

/**
 * A set of patches as the engine takes it. It may have been defined by another copy of this package, so all of it is looked at.
 *
 * @throws PatchError
 */
export function engineSet(definition: unknown): PatchSet {
  const {
    target,
    patches,
    questions = [],
  } = record(definition, 'a set of patches', ['target', 'patches', 'questions']);
  const isPath = isLine(target) && target.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  if (!isPath || /[\\*?[\]{}!]/.test(target))
    throw new PatchError(
      `Expected the target as a path with \`/\`, as in \`specs/007-billing/spec.md\`, not ${shown(target)}`,
    );
  const what = `the set for \`${target}\``;
  const made = list(patches, 'patches', what).map(enginePatch);
  if (made.length === 0) throw new PatchError(`Expected one patch or more in ${what}`);
  const twin = made.find(({ id }, at) => made.findIndex((other) => other.id === id) < at);
  if (twin) throw new PatchError(`Expected every id once in ${what}, not \`${twin.id}\` twice`);
  return { target, patches: made, questions: list(questions, 'questions', what).map(questionOf) };
}

function enginePatch(definition: unknown): Patch {
  const keys = ['id', 'title', 'why', 'change', 'checks'];
  const { id, title, why, change, checks = [] } = record(definition, 'a patch', keys);
  if (!isText(id) || !/^[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){0,8}$/.test(id))
    throw new PatchError(`Expected the id of a patch in lower-case words joined by hyphens, not ${shown(id)}`);
  const what = `the patch \`${id}\``;
  if (!isLine(title)) throw new PatchError(`Expected a line of text as the title of ${what}, not ${shown(title)}`);
  if (why !== undefined && !isText(why))
    throw new PatchError(`Expected a text as the why of ${what}, not ${shown(why)}`);
  return {
    id,
    title,
    ...(why !== undefined && { why }),
    change: changeOf(change as ChangeDefinition, what),
    checks: list(checks, 'checks', what).map((check) => checkOf(check, what)),
  };
}

function questionOf(question: unknown): Question {
  const { text, covers = [] } = record(question, 'a question', ['text', 'covers']);
  if (!isText(text) || !isTexts(covers)) throw new PatchError(`Expected a text as a question, not ${shown(text)}`);
  return { text, covers };
}

function changeOf(definition: ChangeDefinition, what: string): Change {
  const { kind } = record(definition, `the change of ${what}`) as { kind?: unknown };
  switch (definition.kind) {
    case 'insertAfter':
    case 'append': {
      const { anchors, template } = known(definition, what, ['anchors', 'template']);
      const made = sectionIn(template, `as the template of ${what}`);
      return { kind: definition.kind, anchors: anchorsOf(anchors, ['section', 'lines'], what), template: made };
    }
    case 'replaceSection': {
      const { anchors, before, template } = known(definition, what, ['anchors', 'before', 'template']);
      return {
        kind: 'replaceSection',
        anchors: anchorsOf(anchors, ['section'], what),
        before: sectionIn(before, `as the before of ${what}`),
        template: sectionIn(template, `as the template of ${what}`),
      };
    }
    case 'removeSection': {
      const { anchors, before } = known(definition, what, ['anchors', 'before']);
      return {
        kind: 'replaceSection',
        anchors: anchorsOf(anchors, ['section'], what),
        before: sectionIn(before, `as the before of ${what}`),
      };
    }
    case 'replaceCode': {
      const { anchors, template, subject, before } = known(definition, what, [
        'anchors',
        'template',
        'subject',
        'before',
      ]);
      const made = markdownIn(template, `as the template of ${what}`);
      of(() => made.code, `a template that is one fenced block in ${what}`);
      return {
        kind: 'replace',
        anchors: anchorsOf(anchors, ['code', 'lines'], what),
        template: made,
        subject: recogniserOf(subject, `the subject of ${what}`),
        before: recogniserOf(before, `the before of ${what}`),
      };
    }
    case 'replaceText': {
      const { from, to, under } = known(definition, what, ['from', 'to', 'under']);
      if (!isText(from) || from.trim() === '')
        throw new PatchError(`Expected the text that ${what} replaces, not ${shown(from)}`);
      if (typeof to !== 'string') throw new PatchError(`Expected the text that ${what} brings, not ${shown(to)}`);
      if (lined(from) === lined(to))
        throw new PatchError(`Expected ${what} to bring another text than the one that it replaces`);
      if (under !== undefined && !isLine(under))
        throw new PatchError(`Expected the name of a heading as \`under\` in ${what}, not ${shown(under)}`);
      const names =
        under === undefined
          ? []
          : [{ relation: 'in' as const, text: under, isSection: true, isHeading: false, isRequired: true as const }];
      return { kind: 'substitute', quotation: lined(from), text: lined(to), hints: { names } };
    }
    default:
      throw new PatchError(`Expected a kind of change that there is in ${what}, not ${shown(kind)}`);
  }
}

// `as` is what it is, as in “as the template of …”.
function markdownIn(markdown: unknown, as: string): Template {
  if (!isText(markdown)) throw new PatchError(`Expected Markdown ${as}, not ${shown(markdown)}`);
  return of(
    () => templateOf(`${markdown.replaceAll('\r\n', '\n').trimEnd()}\n`),
    `Markdown without strange characters ${as}`,
  );
}

function sectionIn(markdown: unknown, as: string): Template {
  const made = markdownIn(markdown, as);
  of(() => made.heading, `a section that opens with its heading ${as}`);
  return made;
}

function anchorsOf<K extends string>(
  anchors: unknown,
  kinds: readonly K[],
  what: string,
): Extract<Change, { kind: 'append' }>['anchors'] {
  const all = list(anchors, 'anchors', what);
  if (all.length === 0) throw new PatchError(`Expected an anchor or more in ${what}`);
  for (const [at, anchor] of all.entries()) {
    const { kind, path, from, to } = record(anchor, `an anchor of ${what}`) as Record<string, unknown>;
    const isKnown = kinds.some((one) => one === kind) && (at > 0 || kind !== 'lines');
    const isPath = Array.isArray(path) && path.length > 0 && path.every(isLine);
    const isRange =
      Number.isSafeInteger(from) && Number.isSafeInteger(to) && Number(from) >= 1 && Number(to) >= Number(from);
    if (!isKnown || (kind === 'lines' ? !isRange : !isPath))
      throw new PatchError(
        `Expected ${kinds[0] === 'code' ? '`codeIn(…)`' : '`section(…)`'} as an anchor of ${what}, not ${shown(anchor)}`,
      );
  }
  return structuredClone(all) as Extract<Change, { kind: 'append' }>['anchors'];
}

function recogniserOf(recogniser: unknown, what: string): Recogniser {
  const { shows, test } = record(recogniser, what, ['shows', 'test']) as unknown as Recogniser;
  if (!isLine(shows) || typeof test !== 'function')
    throw new PatchError(`Expected what it shows and a test as ${what}, not ${shown(recogniser)}`);
  return Object.freeze({
    shows,
    test: (code: string): boolean => {
      const answer: unknown = guarded(`the test of ${what}`, () => test(code));
      if (typeof answer !== 'boolean')
        throw new PatchError(`Expected true or false from the test of ${what}, not ${shown(answer)}`);
      return answer;
    },
  });
}

function checkOf(check: unknown, what: string): Check {
  const {
    claim,
    covers = [],
    judge,
  } = record(check, `a check of ${what}`, ['claim', 'covers', 'judge']) as unknown as CheckDefinition;
  if (!isLine(claim)) throw new PatchError(`Expected a line of text as a claim of ${what}, not ${shown(claim)}`);
  if (!isTexts(covers))
    throw new PatchError(`Expected a list of texts as what a claim of ${what} covers, not ${shown(covers)}`);
  if (typeof judge !== 'function')
    throw new PatchError(`Expected a function to judge “${claim}” of ${what}, not ${shown(judge)}`);
  const name = `“${claim}” of ${what}`;
  return Object.freeze({
    claim,
    covers: Object.freeze([...covers]),
    judge: (document: Document): Verdict => {
      const verdict: unknown = guarded(`the judge of ${name}`, () => judge(document));
      const { holds, evidence } = (typeof verdict === 'object' && verdict !== null ? verdict : {}) as Partial<Verdict>;
      if (typeof holds !== 'boolean' || !isTexts(evidence))
        throw new PatchError(
          `Expected whether it holds, and evidence, from the judge of ${name}, not ${shown(verdict)}`,
        );
      return { holds, evidence: [...evidence] };
    },
  });
}

// The code of somebody else that runs now: who is named when it does not come back.
let running: string | undefined;

/** Whose code was running when a time limit ended it, once; undefined when it was ours. */
export function endedCode(): string | undefined {
  const ended = running;
  running = undefined;
  return ended;
}

function guarded<T>(name: string, action: () => T): T {
  running = name;
  try {
    const result = action();
    running = undefined;
    return result;
  } catch (cause) {
    running = undefined;
    if (cause instanceof PatchError) throw cause;
    throw new PatchError(
      `Expected ${name} to answer, but it threw: ${cause instanceof Error ? cause.message : shown(cause)}`,
      { cause },
    );
  }
}

function of<T>(action: () => T, expected: string): T {
  try {
    return action();
  } catch (cause) {
    throw new PatchError(`Expected ${expected}`, { cause });
  }
}

function record(value: unknown, what: string, keys?: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new PatchError(`Expected an object as ${what}, not ${shown(value)}`);
  const strange = keys && Object.keys(value).find((key) => !keys.includes(key));
  if (strange !== undefined) throw new PatchError(`Expected ${keys?.join(', ')} in ${what}, not \`${strange}\``);
  return value as Record<string, unknown>;
}

function known<D extends ChangeDefinition>(definition: D, what: string, keys: readonly string[]): D {
  return record(definition, `the change of ${what}`, ['kind', ...keys]) as unknown as D;
}

function list(value: unknown, name: string, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new PatchError(`Expected a list of ${name} in ${what}, not ${shown(value)}`);
  return value;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value.trim() !== '';
}

function isLine(value: unknown): value is string {
  return isText(value) && !/[\r\n]/.test(value);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}

// LF line ends, no empty lines at its ends.
function lined(text: string): string {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const first = lines.findIndex((line) => line.trim() !== '');
  const last = lines.findLastIndex((line) => line.trim() !== '');
  return first === -1 ? '' : lines.slice(first, last + 1).join('\n');
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `“${value.slice(0, 60)}”`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  return value === null || typeof value === 'number' || typeof value === 'boolean' || value === undefined
    ? String(value)
    : `a ${typeof value}`;
}
