import { readDocument, spanOf } from '../document.js';

/** What stands from one heading at the root to the next, or before the first: a document is a list of them. */
export interface Piece {
  /** Which piece of the fixture it is, 0 the one before the first heading; undefined for what was added, copied or hidden. */
  readonly id?: number;
  /** Of its heading; 0 before the first. */
  readonly depth: number;
  readonly name: string;
  /** 1-based, in the fixture. */
  readonly line: number;
  /** As it is written, without its line end. */
  readonly heading: string;
  /** All that stands below, the line end of the heading included. */
  readonly body: string;
}

/** The pieces of a text, which together are that text. */
export function piecesOf(path: string, text: string): Piece[] {
  const { sections } = readDocument(path, text);
  const startOf = (at: number): number => sections[at]?.span.start ?? text.length;
  const first: Piece = { id: 0, depth: 0, name: '', line: 1, heading: '', body: text.slice(0, startOf(0)) };
  const others = sections.map(({ depth, name, line, heading, span }, at): Piece => {
    const { end } = spanOf(heading);
    return {
      id: at + 1,
      depth,
      name,
      line,
      heading: text.slice(span.start, end),
      body: text.slice(end, startOf(at + 1)),
    };
  });
  return [first, ...others];
}

export function textOf(pieces: readonly Piece[]): string {
  return pieces.map(({ heading, body }) => heading + body).join('');
}

/** Index behind the last piece that stands under the one at `at`. */
export function treeEnd(pieces: readonly Piece[], at: number): number {
  const depth = pieces[at]?.depth ?? 0;
  const next = pieces.findIndex((piece, index) => index > at && piece.depth <= depth);
  return next === -1 ? pieces.length : next;
}

/** The pieces with others put in before the one at `at`, empty lines between them. */
export function withPieces(pieces: readonly Piece[], at: number, added: readonly Piece[]): Piece[] {
  const before = pieces.slice(0, at);
  const last = before.pop();
  return [...before, ...(last ? [closed(last)] : []), ...added.map(closed), ...pieces.slice(at)];
}

/** A piece that is none of the fixture's. */
export function newPiece(depth: number, name: string, body: string): Piece {
  return { depth, name, line: 0, heading: depth === 0 ? '' : `${'#'.repeat(depth)} ${name}`, body };
}

/** What a heading says, as it is written. */
export function titleOf({ heading }: Piece): string {
  const written = heading.trim();
  if (!written.startsWith('#')) return written.split('\n').slice(0, -1).join(' ');
  const content = written.replace(/^#{1,6}/, '').trim();
  const open = content.replace(/#{1,9}$/, '');
  return open === '' || /\s$/.test(open) ? open.trimEnd() : content;
}

function closed(piece: Piece): Piece {
  const text = piece.heading + piece.body;
  if (text === '' || text.endsWith('\n\n')) return piece;
  return { ...piece, body: `${piece.body}${text.endsWith('\n') ? '\n' : '\n\n'}` };
}
