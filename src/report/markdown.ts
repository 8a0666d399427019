import type { Html, ListItem, PhrasingContent, RootContent, TableRow } from 'mdast';
import { markdownOf } from '../markdown.js';
import type { Question } from '../patch.js';
import { isRefused } from '../plan.js';
import type { ClaimResult, FileResult, PatchResult, Result } from '../result.js';
import { plural } from '../words.js';
import { type Outcome, outcomeOf } from './outcome.js';
import { inert } from './terminal.js';
import { codeParts } from './words.js';

/** Characters that the report has at the most. GitHub takes 65,536 for a comment. */
export const MOST = 60_000;

/**
 * The run as a comment on a pull request: what there is to do as a table, the claims as a task list, the diff folded away. Its first
 * line, a comment, is the same in every report, so that a bot finds its own comment again.
 */
export function markdownReport(result: Result): string {
  const head = markdownOf([html('<!-- fix-auth-spec -->'), ...titleOf(result)]);
  const tail = result.questions.length > 0 ? questionsOf(result.questions) : '';
  let room = MOST - head.length - tail.length - 200;
  const parts: string[] = [];
  for (const [index, file] of result.files.entries()) {
    const part = markdownOf(fileOf(file));
    if (part.length + 1 > room) {
      parts.push(
        markdownOf([paragraph(note(`${plural(result.files.length - index, 'more file')} not shown: too long`))]),
      );
      break;
    }
    parts.push(part);
    room -= part.length + 1;
  }
  // What room is left goes to the diffs, in order.
  const shown = parts.map((part, index) => {
    const diff = diffOf(result.files[index]?.diff ?? '', room);
    room -= diff.length + 1;
    return diff === '' ? part : `${part}\n${diff}`;
  });
  return [head, ...shown, tail].filter((part) => part !== '').join('\n');
}

const MARKS: Record<Outcome['kind'], string> = { refused: '❌', error: '❌', pending: '📝', written: '✅', done: '✅' };

function titleOf(result: Result): RootContent[] {
  const outcomes = outcomeOf(result);
  return [
    heading(3, [text('fix-auth-spec')]),
    ...outcomes.map(({ kind, text: said }) => paragraph([text(`${MARKS[kind]} `), ...phrasing(said)])),
  ];
}

function fileOf(file: FileResult): RootContent[] {
  const { path, patches, messages, checks, judged, declined } = file;
  const held = checks.filter(({ holds }) => holds).length;
  const stillFalse = declined.flatMap((one) => one.stillFalse);
  const errors = messages.filter(({ level }) => level === 'error');
  const notes = messages.filter(({ level }) => level === 'note');
  return [
    heading(4, [code(path)]),
    ...(patches.length === 0 ? [] : [tableOf(patches.slice(0, ROWS))]),
    ...more(patches.length - ROWS, 'more patch'),
    ...(errors.length === 0 ? [] : [quote(errors.slice(0, LINES).map((one) => said('❌', one.text, one.line)))]),
    ...more(errors.length - LINES, 'more error'),
    ...(notes.length === 0 ? [] : [quote(notes.slice(0, LINES).map((one) => said('ℹ️', one.text, one.line)))]),
    ...(checks.length === 0
      ? []
      : [
          paragraph([
            { type: 'strong', children: [text(`Claims on the ${judged}`)] },
            text(`: ${held} of ${checks.length} hold`),
          ]),
          listOf(checks.slice(0, ROWS).map(claimOf)),
        ]),
    ...(stillFalse.length === 0
      ? []
      : [paragraph([text('Still false, for what was left out:')]), listOf(stillFalse.slice(0, ROWS).map(claimOf))]),
  ];
}

/** Rows of a table or list, and messages, that are shown of one file. */
const ROWS = 100;
const LINES = 20;

function tableOf(patches: readonly PatchResult[]): RootContent {
  const row = (...cells: PhrasingContent[][]): TableRow => ({
    type: 'tableRow',
    children: cells.map((children) => ({ type: 'tableCell', children })),
  });
  return {
    type: 'table',
    children: [
      row([text('Patch')], [text('State')], [text('Line')], [text('What')]),
      ...patches.map((patch) => {
        const { id, state, start, title, message } = patch;
        const what = isRefused(patch) ? title : `${title}: ${message}`;
        return row([code(id)], [text(state)], [text(start ? String(start.line) : '')], phrasing(what));
      }),
    ],
  };
}

function claimOf({ holds, claim, evidence }: ClaimResult): ListItem {
  const reasons = holds ? [] : evidence.slice(0, 3);
  return {
    type: 'listItem',
    checked: holds,
    spread: false,
    children: [
      paragraph(phrasing(claim)),
      ...(reasons.length === 0
        ? []
        : [
            {
              type: 'list' as const,
              ordered: false,
              spread: false,
              children: reasons.map(
                (reason): ListItem => ({ type: 'listItem', children: [paragraph(phrasing(reason))] }),
              ),
            },
          ]),
    ],
  };
}

/** Characters that the questions have at the most. */
const QUESTIONS = 15_000;

function questionsOf(questions: readonly Question[]): string {
  const title = paragraph([{ type: 'strong', children: [text('Peer review: for people to confirm')] }]);
  const items: ListItem[] = [];
  let room = QUESTIONS;
  for (const question of questions.slice(0, ROWS)) {
    const item: ListItem = { type: 'listItem', checked: false, children: [paragraph(phrasing(question.text))] };
    room -= markdownOf([listOf([item])]).length;
    if (room < 0) break;
    items.push(item);
  }
  return markdownOf([title, listOf(items), ...more(questions.length - items.length, 'more question')]);
}

function listOf(children: ListItem[]): RootContent {
  return { type: 'list', ordered: false, spread: false, children };
}

function diffOf(diff: string, room: number): string {
  if (diff === '') return '';
  const lines = inert(diff.replaceAll('\r\n', '\n')).replace(/\n$/, '').split('\n');
  const render = (count: number): string =>
    markdownOf([
      html(`<details><summary>Diff</summary>`),
      { type: 'code', lang: 'diff', value: lines.slice(0, count).join('\n') },
      ...more(lines.length - count, 'more line'),
      html('</details>'),
    ]);
  // The longest beginning that fits; its fence may have to be longer than that of the whole.
  let [least, most] = [0, lines.length];
  while (least < most) {
    const count = Math.ceil((least + most) / 2);
    if (render(count).length < room) least = count;
    else most = count - 1;
  }
  return least === 0 && render(0).length >= room ? '' : render(least);
}

function more(count: number, what: string): RootContent[] {
  return count > 0 ? [paragraph(note(`… and ${plural(count, what)}`))] : [];
}

function said(mark: string, words: string, line: number | undefined): RootContent {
  return paragraph([text(`${mark} ${line === undefined ? '' : `line ${line}: `}`), ...phrasing(words, 1500)]);
}

/**
 * A sentence of ours with words of others in it. What it quotes becomes code, and neither a mention nor a reference to an issue
 * comes to life.
 */
function phrasing(sentence: string, most = 400): PhrasingContent[] {
  const points = [...inert(sentence).replaceAll(/\s+/g, ' ')];
  const short = points.length > most ? `${points.slice(0, most - 1).join('')}…` : points.join('');
  return codeParts(short).flatMap((part, index): PhrasingContent[] =>
    index % 2 === 1 ? [code(part)] : withoutReferences(part),
  );
}

// What GitHub would make a link of: a mention, an issue by its number, a commit by its hash, an address.
const REFERENCE = /[@#]|\bgh(?=-\d)|[0-9a-f]{4}(?=[0-9a-f]{3})|:(?=\/\/)|\bwww(?=\.)/gi;

function withoutReferences(part: string): PhrasingContent[] {
  const pieces: PhrasingContent[] = [];
  let at = 0;
  for (const { index, 0: reference } of part.matchAll(REFERENCE)) {
    pieces.push(text(part.slice(at, index + reference.length)), html('<!-- -->'));
    at = index + reference.length;
  }
  return at < part.length ? [...pieces, text(part.slice(at))] : pieces;
}

const text = (value: string): PhrasingContent => ({ type: 'text', value });
const code = (value: string): PhrasingContent => ({ type: 'inlineCode', value: inert(value).replaceAll(/\s+/g, ' ') });
const note = (value: string): PhrasingContent[] => [{ type: 'emphasis', children: [text(value)] }];
const html = (value: string): Html => ({ type: 'html', value });
const paragraph = (children: PhrasingContent[]): Extract<RootContent, { type: 'paragraph' }> => ({
  type: 'paragraph',
  children,
});
const heading = (depth: 3 | 4, children: PhrasingContent[]): RootContent => ({ type: 'heading', depth, children });
const quote = (children: RootContent[]): RootContent => ({
  type: 'blockquote',
  children: children as Extract<RootContent, { type: 'blockquote' }>['children'],
});
