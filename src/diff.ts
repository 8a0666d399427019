import { diffArrays, formatPatch, type StructuredPatch, type StructuredPatchHunk } from 'diff';
import { applyEdits, type Edit, inOrder } from './edit.js';

/**
 * Unified diff from a text to the same text with `edits` made; '' when nothing changes. It is built from the edits, so its
 * cost follows them and not the text.
 *
 * @param path written behind `a/` and `b/`, with `/`
 * @param context unchanged lines shown around a change
 */
export function unifiedDiff(path: string, text: string, edits: readonly Edit[], context = 3): string {
  const hunks = diffHunks(text, edits, context);
  if (hunks.length === 0) return '';
  const patch: StructuredPatch = {
    oldFileName: `a/${path}`,
    newFileName: `b/${path}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks,
  };
  const diff = formatPatch(patch, { includeIndex: false, includeUnderline: false, includeFileHeaders: true });
  // GNU patch ends a name at a space unless a tab follows.
  return path.includes(' ') ? diff.replace(/^(--- .*)\n(\+\+\+ .*)\n/, '$1\t\n$2\t\n') : diff;
}

/** The hunks of {@link unifiedDiff}. */
export function diffHunks(text: string, edits: readonly Edit[], context = 3): StructuredPatchHunk[] {
  return hunksOf(text, changesOf(text, edits), context);
}

/** Lines `from` (0-based) onward that become others; every line keeps its line end. */
interface LineChange {
  readonly from: number;
  readonly old: readonly string[];
  readonly new: readonly string[];
  /** Offsets of the old lines in the text. */
  readonly start: number;
  readonly end: number;
}

function changesOf(text: string, edits: readonly Edit[]): LineChange[] {
  const regions: { start: number; end: number; edits: Edit[] }[] = [];
  for (const edit of inOrder(edits)) {
    const start = edit.span.start === 0 ? 0 : text.lastIndexOf('\n', edit.span.start - 1) + 1;
    const end = lineEnd(text, edit.span.end);
    const last = regions.at(-1);
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
      last.edits.push(edit);
    } else regions.push({ start, end, edits: [edit] });
  }
  const changes: LineChange[] = [];
  let counted = { offset: 0, line: 0 };
  for (const region of regions) {
    counted = { offset: region.start, line: counted.line + countLines(text, counted.offset, region.start) };
    const old = text.slice(region.start, region.end);
    const shifted = region.edits.map(({ span, text: replacement }) => ({
      span: { start: span.start - region.start, end: span.end - region.start },
      text: replacement,
    }));
    changes.push(...lineChanges(old, applyEdits(old, shifted), counted));
  }
  return changes;
}

function lineChanges(before: string, after: string, at: { offset: number; line: number }): LineChange[] {
  const changes: LineChange[] = [];
  let { offset, line } = at;
  for (const { value, added, removed } of diffArrays(splitLines(before), splitLines(after))) {
    const last = changes.at(-1);
    const length = value.join('').length;
    if (added) {
      if (last && last.end === offset) changes[changes.length - 1] = { ...last, new: [...last.new, ...value] };
      else changes.push({ from: line, old: [], new: value, start: offset, end: offset });
      continue;
    }
    if (removed) {
      if (last && last.end === offset) {
        changes[changes.length - 1] = { ...last, old: [...last.old, ...value], end: offset + length };
      } else changes.push({ from: line, old: value, new: [], start: offset, end: offset + length });
    }
    offset += length;
    line += value.length;
  }
  return changes;
}

function hunksOf(text: string, changes: readonly LineChange[], context: number): StructuredPatchHunk[] {
  const hunks: StructuredPatchHunk[] = [];
  let shift = 0;
  for (let at = 0; at < changes.length; ) {
    const group = [changes[at++] as LineChange];
    for (let next = changes[at]; next && next.from - lineAfter(group) <= 2 * context; next = changes[++at])
      group.push(next);
    const [first] = group as [LineChange];
    const last = group.at(-1) ?? first;
    const before = linesBefore(text, first.start, context);
    const after = linesAfter(text, last.end, context);
    const lines = before.flatMap((line) => marked(' ', line));
    let end = first.start;
    for (const change of group) {
      lines.push(...splitLines(text.slice(end, change.start)).flatMap((line) => marked(' ', line)));
      lines.push(
        ...change.old.flatMap((line) => marked('-', line)),
        ...change.new.flatMap((line) => marked('+', line)),
      );
      end = change.end;
    }
    lines.push(...after.flatMap((line) => marked(' ', line)));
    const oldStart = first.from - before.length;
    const oldLines = count(lines, ' ') + count(lines, '-');
    const newLines = count(lines, ' ') + count(lines, '+');
    hunks.push({ oldStart: oldStart + 1, oldLines, newStart: oldStart + shift + 1, newLines, lines });
    shift += newLines - oldLines;
  }
  return hunks;
}

function lineAfter(group: readonly LineChange[]): number {
  const last = group.at(-1);
  return last ? last.from + last.old.length : 0;
}

function marked(mark: ' ' | '-' | '+', line: string): string[] {
  return line.endsWith('\n') ? [mark + line.slice(0, -1)] : [mark + line, '\\ No newline at end of file'];
}

function count(lines: readonly string[], mark: string): number {
  return lines.filter((line) => line.startsWith(mark)).length;
}

function linesBefore(text: string, offset: number, wanted: number): string[] {
  let start = offset;
  for (let got = 0; got < wanted && start > 0; got += 1) start = start < 2 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
  return splitLines(text.slice(start, offset));
}

function linesAfter(text: string, offset: number, wanted: number): string[] {
  let end = offset;
  for (let got = 0; got < wanted && end < text.length; got += 1) end = lineEnd(text, end);
  return splitLines(text.slice(offset, end));
}

function lineEnd(text: string, offset: number): number {
  const at = text.indexOf('\n', offset);
  return at === -1 ? text.length : at + 1;
}

function countLines(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf('\n', from); at !== -1 && at < to; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

function splitLines(text: string): string[] {
  const lines = text.split(/(?<=\n)/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
