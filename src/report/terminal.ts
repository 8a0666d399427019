import pc from 'picocolors';

export type Paint = ReturnType<typeof pc.createColors>;

export const createPaint = (enabled: boolean): Paint => pc.createColors(enabled);

/**
 * Text from a file or a command line as it may go to a terminal or a CI log: control, bidirectional and invisible
 * characters are written as `\u{…}`, and no line can be taken for a workflow command. Tab and LF stay.
 */
export function inert(text: string): string {
  return text
    .replace(UNSAFE, escaped)
    .replaceAll('##[', '#\\u{23}[')
    .replace(/^([ \t]*)::/gm, '$1\\u{3a}:');
}

// C0 but tab and LF, DEL, C1, soft hyphen, bidirectional marks, zero-width and invisible characters, line separators, tags.
const UNSAFE =
  /[\0-\x08\x0B-\x1F\x7F-\x9F\u00AD\u061C\u115F\u1160\u180E\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

function escaped(character: string): string {
  return `\\u{${character.codePointAt(0)?.toString(16)}}`;
}
