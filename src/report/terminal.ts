import { createHash } from 'node:crypto';
import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

export const createPaint = (enabled: boolean): Paint => pc.createColors(enabled);

/**
 * Text from a file or a command line as it may go to a terminal or a CI log: control, bidirectional and invisible
 * characters are written as `\u{…}`, and no line can be taken for a workflow command. Tab and LF stay.
 */
export function inert(text: string): string {
  return visible(text).replace(MARKED_COMMAND, '#\\u{23}').replace(COMMAND, '$1\\u{3a}:');
}

/** Text with its control, bidirectional and invisible characters written as `\u{…}`. */
export function visible(text: string): string {
  return PLAIN.test(text) ? text : text.replace(UNSAFE, escaped);
}

/** HTML in which no line can be taken for a workflow command, and that says the same. */
export function inertHtml(html: string): string {
  return html.replace(MARKED_COMMAND, '#&#x23;').replace(COMMAND, '$1&#x3a;:');
}

/** Inert text that was broken into lines anew, with colours in it: no line begins as a command does. */
export function inertAgain(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      let at = 0;
      for (let length = 1; length > 0; at += length)
        length = SPACE_OR_COLOUR.exec(line.slice(at, at + 20))?.[0].length ?? 0;
      return line.startsWith('::', at) ? `${line.slice(0, at)}\\u{3a}${line.slice(at + 1)}` : line;
    })
    .join('\n');
}

const SPACE_OR_COLOUR = /^(?:\s|\u001B\[[\d;]{0,9}m)/u;

/** One line of {@link inert} text: a line end or tab in it, as in a file's name, is written as an escape too. */
export function inertLine(text: string): string {
  return inert(text).replace(/[\t\n]/g, escaped);
}

/** The characters of a line as it may be shown, each as a person sees one, with its offset; a tab stays. */
export function inertParts(line: string): { readonly text: string; readonly index: number }[] {
  const marked = new Set([...line.matchAll(MARKED_COMMAND)].map(({ index }) => index + 1));
  segmenter ??= new Intl.Segmenter('en');
  return [...segmenter.segment(line)].map(({ segment, index }) => ({
    text: marked.has(index) ? escaped(segment) : segment === '\t' ? segment : inertLine(segment),
    index,
  }));
}

// To make one takes as long as half of all else that most runs do.
let segmenter: Intl.Segmenter | undefined;

/** JSON that is as inert as {@link inert} makes text, and says the same. */
export function inertJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2)
    .replace(UNSAFE, (character) =>
      [...Array(character.length).keys()].map((at) => `\\u${hex4(character.charCodeAt(at))}`).join(''),
    )
    .replace(MARKED_COMMAND, '#\\u0023');
}

/**
 * A patch as it may go to the log of a GitHub workflow: where a line could be taken for a command, between two lines that
 * stop commands. `git apply` passes over them. No text holds its own hash, so none can resume commands.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function withoutCommands(patch: string): string {
  if (patch.search(COMMAND) === -1 && patch.search(MARKED_COMMAND) === -1) return patch;
  const token = createHash('sha256').update(patch).digest('hex');
  return `::stop-commands::${token}\n${patch}::${token}::\n`;
}

// Control and format characters, line separators, and what Unicode says is not to be displayed; but tab, LF, and the
// variation selector of an emoji.
const UNSAFE = /(?![\t\n])(?!(?<=\p{Emoji})[\uFE0E\uFE0F])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

// What most texts are made of, and nothing of which is unsafe. V8 is quicker with it than to look up what Unicode says of all else.
const PLAIN = /^[\t\n -~\xA1-\xAC\u2010-\u2027\u2030-\u205E\u2190-\u27BF]*$/;

// `::error::` at the start of a line, whatever precedes it of what .NET calls white space. Line separators start a line here
// too, so they are left out.
const COMMAND = /^([\t\v\f\u0085\uFEFF\p{Zs}]*)::/gmu;

// `##[error]` anywhere, in the manner of GitHub's older runners, and its relatives `##vso[` and `##teamcity[`.
const MARKED_COMMAND = /##(?=[a-z]{0,16}\[)/gi;

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}

function hex4(unit: number): string {
  return unit.toString(16).padStart(4, '0');
}
