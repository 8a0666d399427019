import { headingName } from '../hint.js';
import type { Instruction, Order } from './instructions.js';
import { readPieces } from './pieces.js';

/**
 * The changes of an OpenSpec delta: requirements to add, replace, remove or rename, each addressed by its heading. None when the
 * text is no delta.
 *
 * @see https://github.com/Fission-AI/OpenSpec
 */
export function readDelta(text: string): Instruction[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const headings = readPieces(text).filter((piece) => piece.kind === 'heading');
  const instructions: Instruction[] = [];
  for (const [index, heading] of headings.entries()) {
    const kind = /^(ADDED|MODIFIED|REMOVED|RENAMED) Requirements$/.exec(heading.text)?.[1];
    if (heading.depth !== 2 || !kind) continue;
    const end = headings.slice(index + 1).find(({ depth }) => depth <= 2)?.line ?? lines.length + 1;
    if (kind === 'RENAMED') {
      instructions.push(...renamings(lines, heading.line, end));
      continue;
    }
    if (kind === 'REMOVED') {
      for (let line = heading.line + 1; line < end; line += 1) {
        const name = /^\s{0,8}[-*] `?#{3} (Requirement: [^`]{1,300})`?\s{0,8}$/.exec(lines[line - 1] ?? '')?.[1];
        if (name !== undefined)
          instructions.push(
            instruction(`REMOVED ${name}`, line, { kind: 'section', name: name.trim(), wanted: undefined }),
          );
      }
    }
    const own = headings.filter(({ line, depth }) => line > heading.line && line < end && depth === 3);
    for (const [at, { line, text: name }] of own.entries()) {
      const body = lines
        .slice(line - 1, (own[at + 1]?.line ?? end) - 1)
        .join('\n')
        .trimEnd();
      instructions.push(instruction(`${kind} ${name}`, line, orderOf(kind, name, body, line)));
    }
  }
  return instructions;
}

function orderOf(kind: string, name: string, text: string, line: number): Order {
  const wanted = { text, line };
  if (kind === 'ADDED') return { kind: 'append', name: 'Requirements', wanted };
  return { kind: 'section', name, wanted: kind === 'MODIFIED' ? wanted : undefined };
}

// “- FROM: `### Requirement: A`” and “- TO: `### Requirement: B`”.
function renamings(lines: readonly string[], from: number, end: number): Instruction[] {
  const found: Instruction[] = [];
  let old: { text: string; line: number } | undefined;
  for (let line = from + 1; line < end; line += 1) {
    const [, side, name = ''] =
      /^\s{0,8}[-*] (FROM|TO):\s{1,4}`?(#{1,6} [^`]{1,300})`?\s{0,8}$/.exec(lines[line - 1] ?? '') ?? [];
    if (side === 'FROM') old = { text: name.trim(), line };
    else if (side === 'TO' && old) {
      found.push(
        instruction(`RENAMED ${headingName(old.text)}`, old.line, {
          kind: 'substitute',
          current: old,
          wanted: { text: name.trim(), line },
        }),
      );
      old = undefined;
    }
  }
  return found;
}

function instruction(title: string, line: number, order: Order): Instruction {
  return { title, line, mentions: [], hints: { names: [] }, order, isDelta: true };
}
