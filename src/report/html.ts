import { createHash } from 'node:crypto';
import type { StructuredPatchHunk } from 'diff';
import type { Element, ElementContent } from 'hast';
import { h } from 'hastscript';
import rehypeStringify from 'rehype-stringify';
import { unified } from 'unified';
import { visit } from 'unist-util-visit';
import { diffHunks } from '../diff.js';
import { pointAt, type Span } from '../document.js';
import { piecesOf } from '../edit.js';
import type { Question } from '../patch.js';
import { isRefused } from '../plan.js';
import {
  type About,
  type Candidate,
  type ClaimResult,
  type EditResult,
  type FileResult,
  type Message,
  type PatchResult,
  patchesByEdit,
  type Result,
} from '../result.js';
import { diffTable, type LineRange, type Shown } from './diff-table.js';
import { codeFrame, spotsOf } from './frame.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { type Renderer, rendererOf, sentence } from './rendered.js';
import { STYLE } from './style.js';
import { createPaint, inertHtml, visible } from './terminal.js';

/**
 * The run as one page for who reviews it: the claims, each change as it looks before and after and as a diff, what was refused and
 * where it could belong, what people are to confirm, and the finished document. It loads nothing and runs nothing.
 */
export function htmlReport(result: Result, { version }: About): string {
  const outcomes = outcomeOf(result);
  const isRoomy = result.files.reduce((sum, { text = '' }) => sum + text.length, 0) <= MOST;
  const page = h(null, [
    { type: 'doctype' },
    h('html', { lang: 'en' }, [
      h('head', [
        h('meta', { charSet: 'utf-8' }),
        h('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
        h('meta', { httpEquiv: 'Content-Security-Policy', content: POLICY }),
        h('title', `fix-auth-spec: ${outcomes.map(({ text }) => visible(text)).join(' ')}`),
        h('style', STYLE),
      ]),
      h('body', [
        h('header', [
          h('h1', 'fix-auth-spec'),
          ...outcomes.map(({ kind, text }) => h('p', { className: ['outcome', TONES[kind]] }, sentence(text))),
        ]),
        h('main', [
          ...result.files.map((file, index) => fileArticle(file, `f${index + 1}`, isRoomy)),
          ...(result.questions.length > 0 ? [questionList(result.questions)] : []),
        ]),
        h('footer', [h('p', { className: ['dim'] }, `Made by fix-auth-spec ${version}`)]),
      ]),
    ]),
  ]);
  return inertHtml(`${unified().use(rehypeStringify).stringify(page)}\n`);
}

/** Characters of all documents together beyond which none is shown whole. */
const MOST = 4 * 1024 * 1024;

// No script, no request, no style but our own.
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'`;

type Tone = 'good' | 'bad' | 'wait' | 'calm';

const TONES: Record<Outcome['kind'], Tone> = {
  refused: 'bad',
  error: 'bad',
  pending: 'wait',
  written: 'good',
  done: 'good',
};

const STATES: Record<PatchResult['state'], Tone> = {
  pending: 'wait',
  applied: 'good',
  drifted: 'calm',
  missing: 'bad',
  ambiguous: 'bad',
  conflict: 'bad',
};

function fileArticle(file: FileResult, prefix: string, isRoomy: boolean): Element {
  const { path, patches, messages, edits, before, text, changed } = file;
  // The finished document has its headings' ids, where it is shown.
  const whole = isRoomy ? rendererOf(path, text ?? '', `${prefix}b`, () => undefined).whole() : undefined;
  const ids = idsIn(whole ?? []);
  const elsewhere = (fragment: string): string | undefined =>
    ids.has(`${prefix}b0-${fragment}`) ? `${prefix}b0-${fragment}` : undefined;
  const old = rendererOf(path, before ?? '', `${prefix}a`, elsewhere);
  const now = rendererOf(path, text ?? '', `${prefix}b`, elsewhere);
  const lost = messages.filter(({ level, patch }) => level === 'error' && patch === undefined);
  const made = patchesByEdit(file);
  const lines = before?.split('\n') ?? [];
  const hunks = diffHunks(before ?? '', edits);
  return h('article', [
    h('h2', [h('code', visible(path))]),
    ...lost.map((message) => h('p', { className: ['bad'] }, sentence(message.text))),
    ...(patches.length === 0 ? [] : [overview(file, prefix)]),
    ...claimSections(file),
    ...patches
      .filter((patch) => hasFindings(file, patch))
      .map((patch, index) => findingCard(file, patch, index < FRAMES ? lines : [], prefix)),
    ...edits.map((edit) => changeCard(file, edit, made.get(edit.patch) ?? [], { old, now, hunks }, prefix)),
    ...(before === undefined ? [] : [wholeDocument(whole, changed)]),
  ]);
}

// Every patch in a line, and the way to its card.
function overview(file: FileResult, prefix: string): Element {
  const { patches, declined } = file;
  const made = [...patchesByEdit(file)];
  const name = (patch: PatchResult): ElementContent => {
    const [card] = made.find(([, some]) => some.includes(patch)) ?? (hasFindings(file, patch) ? [patch.id] : []);
    const shown = visible(patch.id);
    return card === undefined ? { type: 'text', value: shown } : h('a', { href: `#${cardId(prefix, card)}` }, shown);
  };
  const row = (patch: PatchResult): Element =>
    h('li', [
      h('span', { className: ['state', STATES[patch.state]] }, patch.state),
      ' ',
      name(patch),
      ...(isRefused(patch) ? [] : [h('span', { className: ['dim'] }, [' ', ...sentence(patch.message)])]),
    ]);
  return h('ul', { className: ['plain', 'overview'] }, [
    ...patches.map(row),
    ...declined.map(({ patch }) =>
      h('li', [h('span', { className: ['state', 'dim'] }, 'left out'), ' ', visible(patch)]),
    ),
  ]);
}

// What is said of a patch has a card of its own: why it is refused, or left as it is.
function hasFindings({ messages }: FileResult, { id, isEdited }: PatchResult): boolean {
  return messages.some(({ patch }) => patch === id) && !isEdited;
}

function claimSections({ checks, judged, declined }: FileResult): Element[] {
  const stillFalse = declined.flatMap((one) => one.stillFalse);
  const held = checks.filter(({ holds }) => holds).length;
  const list = (claims: readonly ClaimResult[]): Element => h('ul', { className: ['plain'] }, claims.map(claimItem));
  return [
    ...(checks.length === 0
      ? []
      : [
          h('section', [
            h(
              'h3',
              `Claims on the ${judged}: ${held === checks.length ? `all ${held} hold` : `${held} of ${checks.length} hold`}`,
            ),
            list(checks),
          ]),
        ]),
    ...(stillFalse.length === 0
      ? []
      : [h('section', [h('h3', 'Still false, for what was left out'), list(stillFalse)])]),
  ];
}

function claimItem({ claim, holds, evidence, covers }: ClaimResult): Element {
  return h('li', [
    h(
      'span',
      { className: ['mark', holds ? 'good' : 'bad'], role: 'img', ariaLabel: holds ? 'holds' : 'fails' },
      holds ? '✓' : '✗',
    ),
    ...sentence(claim),
    ...covers.map((id) => h('span', { className: ['tag'] }, id)),
    ...evidence.slice(0, 8).map((one) => h('p', { className: ['evidence'] }, sentence(one))),
  ]);
}

function changeCard(
  file: FileResult,
  edit: EditResult,
  patches: readonly PatchResult[],
  { old, now, hunks }: { old: Renderer; now: Renderer; hunks: readonly StructuredPatchHunk[] },
  prefix: string,
): Element {
  const { before, after, patch } = edit;
  const earlier = file.edits.slice(0, file.edits.indexOf(edit));
  const diff = diffTable(hunks, linesOf(file, edit));
  const isInsertion = before.start === before.end;
  const shown = earlier.find((one) => !isInsertion && one.before.start === before.start);
  return h('section', { className: ['card'], id: cardId(prefix, patch) }, [
    ...patches.map(cardHeader),
    h('div', { className: ['body'] }, [
      ...(isInsertion
        ? [h('div', { className: ['sides'] }, [side('Comes in', now.part(after))])]
        : shown
          ? [
              h('p', [
                'It is shown before and after with ',
                h('a', { href: `#${cardId(prefix, shown.patch)}` }, visible(shown.patch)),
                '.',
              ]),
            ]
          : [
              h('div', { className: ['sides', 'two'] }, [
                side('Before', old.part(before)),
                side('After', now.part(after)),
              ]),
            ]),
      // What only comes in has been shown.
      isInsertion ? h('details', [h('summary', 'Diff'), diff]) : h('div', [h('h4', 'Diff'), diff]),
    ]),
  ]);
}

function side(name: string, content: ElementContent[]): Element {
  return h('div', { className: ['side'] }, [h('h4', name), h('div', { className: ['doc'] }, content)]);
}

function cardHeader({ id, title, why, state, message, origin }: PatchResult): Element {
  return h('header', [
    h('h3', sentence(title)),
    h('p', [
      h('span', { className: [STATES[state]] }, [h('strong', state)]),
      ' ',
      h('code', visible(id)),
      ...(isRefused({ state }) ? [] : [h('span', { className: ['dim'] }, [' ', ...sentence(message)])]),
      ...(origin ? [h('span', { className: ['tag'] }, `line ${origin.line} of the fix spec`)] : []),
    ]),
    ...(why === undefined ? [] : [h('p', sentence(why))]),
  ]);
}

/** Patches of a file that come with the lines they are about. */
const FRAMES = 20;

// A patch that changes nothing here: refused, or drifted and left alone.
function findingCard(file: FileResult, patch: PatchResult, lines: readonly string[], prefix: string): Element {
  const { candidates, state, id } = patch;
  const place = ({ line, path, selector }: Candidate): Element =>
    h('li', [
      `line ${line}${path.length > 0 ? `: ${visible(path.join(' › '))}` : ''}`,
      ...(selector === undefined ? [] : [' · to mean it, write ', h('code', visible(selector))]),
    ]);
  return h('section', { className: ['card'], id: cardId(prefix, id) }, [
    cardHeader(patch),
    h('div', { className: ['body'] }, [
      ...file.messages
        .filter((message) => message.patch === id)
        .flatMap((message) => messageContent(file, message, lines)),
      ...(candidates.length === 0
        ? []
        : [
            h('h4', state === 'ambiguous' ? 'It could be any of these' : 'What comes nearest'),
            h('ul', candidates.slice(0, 20).map(place)),
          ]),
    ]),
  ]);
}

function messageContent(file: FileResult, message: Message, lines: readonly string[]): Element[] {
  const spots = spotsOf(file, message);
  const frame = lines.length === 0 || spots.length === 0 ? [] : codeFrame(lines, spots, createPaint(false));
  return [
    h('p', { className: message.level === 'error' ? ['bad'] : [] }, sentence(message.text)),
    ...(frame.length === 0 ? [] : [h('pre', { tabIndex: 0 }, h('code', frame.join('\n')))]),
  ];
}

function idsIn(nodes: readonly ElementContent[]): Set<string> {
  const ids = new Set<string>();
  visit({ type: 'root', children: [...nodes] }, 'element', ({ properties }) => {
    if (typeof properties['id'] === 'string') ids.add(properties['id']);
  });
  return ids;
}

function wholeDocument(content: ElementContent[] | undefined, changed: boolean): Element {
  return h('details', [
    h('summary', changed ? 'The whole finished document' : 'The whole document as it stands'),
    content
      ? h('div', { className: ['doc', 'card', 'body'] }, content)
      : h('p', { className: ['dim'] }, 'It is no Markdown, or there is too much to be shown here.'),
  ]);
}

function questionList(questions: readonly Question[]): Element {
  return h('section', [
    h('h2', 'Peer review: for people to confirm'),
    h(
      'p',
      { className: ['dim'] },
      'Another person reads the finished document and confirms; nothing here has verified it.',
    ),
    h(
      'ul',
      { className: ['plain'] },
      questions.map(({ text, covers }) =>
        h('li', [
          h('span', { className: ['mark'], role: 'img', ariaLabel: 'not confirmed' }, '☐'),
          ...sentence(text),
          ...covers.map((id) => h('span', { className: ['tag'] }, id)),
        ]),
      ),
    ),
  ]);
}

function cardId(prefix: string, patch: string): string {
  return `${prefix}-${patch.replaceAll(/[^\w-]/g, '-')}`;
}

// The lines of both texts that an edit is about, 1-based and inclusive.
function linesOf({ before = '', text = '', edits }: FileResult, edit: EditResult): Shown {
  const piece = piecesOf(before.length, edits).find((one) => one.edit === edit);
  const range = (whole: string, { start, end }: Span): LineRange => ({
    from: pointAt(whole, start).line,
    to: pointAt(whole, end).line,
  });
  return { old: range(before, edit.span), now: range(text, piece?.span ?? { start: 0, end: 0 }) };
}
