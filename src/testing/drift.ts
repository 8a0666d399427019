import { newPiece, type Piece, titleOf, treeEnd, withPieces } from './pieces.js';

/** One way in which a document can differ from the fixture that a patch was written against. */
export interface Drift {
  /** What happened, completing “after …”. */
  readonly what: string;
  /** Nothing that a patch may rely on is different, so it must still apply. */
  readonly isHarmless?: true;
  /** With others it could undo itself: a copy becomes the original when that goes, a comment is closed by another. */
  readonly isAlone?: true;
  readonly change: (pieces: readonly Piece[]) => readonly Piece[];
}

/** What can happen to a document as a whole. `names` are headings that patches look for. */
export function driftsOfAll(pieces: readonly Piece[], names: readonly string[]): Drift[] {
  const isFrontMatter = /^---\n/.test(pieces[0]?.body ?? '');
  const top = pieces.findIndex(({ depth }) => depth > 0);
  const depths = [...new Set(pieces.slice(1).map(({ depth }) => depth))].toSorted();
  const decoys = names.map((name) => `    # ${name}\n\n\`\`\`sh\n# ${name}\n\`\`\`\n\n> ## ${name}\n\n`).join('');
  const everywhere = (what: string, one: (prose: string) => string): Drift => ({
    what,
    change: (all) => all.map((piece) => ({ ...piece, body: outsideFences(piece.body, one) })),
  });
  return [
    {
      what: 'lines came in before the first heading',
      isHarmless: true,
      change: (all) => withPieces(all, top === -1 ? all.length : top, [newPiece(0, '', 'Some words.\n\nAnd more.\n')]),
    },
    ...(isFrontMatter
      ? []
      : [
          {
            what: 'front matter came in',
            isHarmless: true as const,
            change: (all: readonly Piece[]) => [newPiece(0, '', '---\nstatus: draft\n---\n\n'), ...all],
          },
        ]),
    ...depths.slice(0, 2).map(
      (depth): Drift => ({
        what: `a section of depth ${depth} came in at the end`,
        isHarmless: true,
        change: (all) => withPieces(all, all.length, [newPiece(depth, 'Appendix of Nothing', '\n\nNothing yet.\n')]),
      }),
    ),
    ...(names.length === 0
      ? []
      : [
          {
            what: 'the headings sought came in as code and in a quotation',
            isHarmless: true as const,
            change: (all: readonly Piece[]) =>
              withPieces(all, top === -1 ? all.length : top, [newPiece(0, '', decoys)]),
          },
        ]),
    everywhere('bullets became other bullets', (prose) => prose.replace(/^([ \t]*)- /gm, '$1* ')),
    everywhere('strong text was marked otherwise', (prose) => prose.replace(/\*\*(\w[^*\n]*\w)\*\*/g, '__$1__')),
    everywhere('every line of text got a space at its end', (prose) => prose.replace(/(?<=\S)$/gm, ' ')),
    {
      what: 'empty lines were doubled before headings',
      change: (all) => all.map((piece) => ({ ...piece, body: piece.body.replace(/\n\n$/, '\n\n\n') })),
    },
    {
      what: 'empty lines before headings were taken out',
      change: (all) =>
        all.map((piece, at) =>
          all[at + 1]?.heading.startsWith('#') && !/<|^---\n/.test(piece.body) && !piece.body.endsWith('    \n\n')
            ? { ...piece, body: `${piece.body.trimEnd()}\n` }
            : piece,
        ),
    },
    headings('was numbered', (piece, number) => `${marks(piece)} ${number}. ${titleOf(piece)}`),
    headings('got a note', (piece) => `${marks(piece)} ${titleOf(piece)} *(mandatory)* ✅`),
    headings('got a comment', (piece) => `${marks(piece)} ${titleOf(piece)} <!-- keep -->`),
    headings('was closed by marks', (piece) => `${marks(piece)} ${titleOf(piece)} ${marks(piece)}`),
    headings('was underlined', (piece) =>
      piece.depth > 2 ? piece.heading : `${titleOf(piece)}\n${piece.depth === 1 ? '===' : '---'}`,
    ),
    headings('went to capitals', (piece) => `${marks(piece)} ${titleOf(piece).toUpperCase()}`),
    fences('was made of tildes', () => '~~~~'),
    fences('was made longer', (fence) => `${fence}\``),
    fences('got an info string', (fence) => fence, 'text'),
    fences('was indented', (fence) => `  ${fence}`),
  ];
}

/** What can happen to one piece of the fixture, headings before all. */
export function driftsOf(piece: Piece): Drift[] {
  const name = `“${piece.name}” (line ${piece.line})`;
  const one = (change: (piece: Piece) => Piece): Drift['change'] => onPiece(piece, (found) => [change(found)]);
  const inBody = (what: string, added: string): Drift => ({
    what: `${what} came in at the end of ${name}`,
    change: onPiece(piece, (found) => withPieces([found], 1, [newPiece(0, '', added)])),
  });
  if (piece.depth === 0) return [];
  return [
    {
      what: `the heading ${name} was renamed`,
      change: one((found) => ({ ...found, heading: `${marks(found)} Another Matter` })),
    },
    {
      what: `the heading ${name} got another letter`,
      change: one((found) => ({ ...found, heading: `${marks(found)} ${titleOf(found)}s` })),
    },
    {
      what: `the heading ${name} went one level down`,
      change: one((found) => ({ ...found, depth: found.depth + 1, heading: `#${marks(found)} ${titleOf(found)}` })),
    },
    {
      what: `the heading ${name} went one level up`,
      change: one((found) =>
        found.depth === 1
          ? found
          : { ...found, depth: found.depth - 1, heading: `${marks(found).slice(1)} ${titleOf(found)}` },
      ),
    },
    {
      what: `the heading ${name} went, and its text stayed`,
      change: one((found) => ({ ...found, depth: 0, heading: '', body: found.body.replace(/^\n+/, '') })),
    },
    { what: `${name} was emptied`, change: one((found) => ({ ...found, body: '\n\n' })) },
    { what: `${name} went`, change: onTree(piece, (all, at, end) => all.toSpliced(at, end - at)) },
    {
      what: `${name} went to the end`,
      change: onTree(piece, (all, at, end) => {
        const rest = all.toSpliced(at, end - at);
        return withPieces(rest, rest.length, all.slice(at, end));
      }),
    },
    {
      what: `${name} went to the beginning`,
      change: onTree(piece, (all, at, end) => {
        const rest = all.toSpliced(at, end - at);
        return withPieces(rest, Math.min(2, at), all.slice(at, end));
      }),
    },
    {
      what: `${name} changed places with what stood before it`,
      change: onTree(piece, (all, at, end) => {
        const before = all.findLastIndex(({ depth }, index) => index < at && depth > 0 && depth <= piece.depth);
        return before < 1 ? all : withPieces(all.toSpliced(at, end - at), before, all.slice(at, end));
      }),
    },
    {
      what: `${name} was copied behind itself`,
      isAlone: true,
      change: onTree(piece, (all, at, end) => withPieces(all, end, all.slice(at, end).map(stranger))),
    },
    {
      what: `${name} was copied to the end`,
      isAlone: true,
      change: onTree(piece, (all, at, end) => withPieces(all, all.length, all.slice(at, end).map(stranger))),
    },
    {
      what: `what stands in ${name} was copied under another heading`,
      isAlone: true,
      change: onTree(piece, (all, at) =>
        withPieces(all, all.length, [newPiece(Math.max(1, piece.depth), 'What Was Copied', (all[at] as Piece).body)]),
      ),
    },
    {
      what: `${name} was hidden in a block of code`,
      isAlone: true,
      change: onTree(piece, (all, at, end) => hidden(all, at, end, '`````\n', '\n`````\n\n')),
    },
    {
      what: `${name} was hidden in a comment`,
      isAlone: true,
      change: onTree(piece, (all, at, end) => hidden(all, at, end, '<!--\n', '\n-->\n\n')),
    },
    {
      what: `a fence was left open before ${name}`,
      isAlone: true,
      change: onTree(piece, (all, at) => swallowed(all, at, '`````\nnever closed\n\n')),
    },
    {
      what: `a comment was left open before ${name}`,
      isAlone: true,
      change: onTree(piece, (all, at) => swallowed(all, at, '<!-- never closed\n\n')),
    },
    inBody('a paragraph', 'Another word on this.\n\n'),
    inBody('a list', '- another\n- word\n\n'),
    inBody('a block of code', '```sh\necho another word\n```\n\n'),
    inBody('a rule', '***\n\n'),
    {
      what: `a section came in under ${name}`,
      change: onTree(piece, (all, _, end) =>
        withPieces(all, end, [newPiece(Math.min(piece.depth + 1, 6), 'One Part More', '\n\nMore.\n\n')]),
      ),
    },
    {
      what: `a section came in behind ${name}`,
      change: onTree(piece, (all, _, end) =>
        withPieces(all, end, [newPiece(piece.depth, 'One Section More', '\n\nMore.\n\n')]),
      ),
    },
    {
      what: `a section came in before ${name}`,
      change: onTree(piece, (all, at) =>
        withPieces(all, at, [newPiece(piece.depth, 'One Section Before', '\n\nMore.\n\n')]),
      ),
    },
  ];
}

/** The text that a patch replaces became another: `by` is what it became. */
export function rewritten(id: number, text: string, by: string, what: string): Drift {
  return {
    what,
    change: (all) =>
      all.map((piece) => (piece.id === id ? { ...piece, body: piece.body.replace(text, () => by) } : piece)),
  };
}

function onPiece({ id }: Piece, change: (piece: Piece) => readonly Piece[]): Drift['change'] {
  return (all) => all.flatMap((piece) => (piece.id === id ? change(piece) : [piece]));
}

function onTree(
  { id }: Piece,
  change: (all: readonly Piece[], at: number, end: number) => readonly Piece[],
): Drift['change'] {
  return (all) => {
    const at = all.findIndex((piece) => piece.id === id);
    return at === -1 ? all : change(all, at, treeEnd(all, at));
  };
}

function stranger({ id: _, ...piece }: Piece): Piece {
  return piece;
}

function hidden(all: readonly Piece[], at: number, end: number, open: string, close: string): Piece[] {
  const inside = all.slice(at, end).map(({ heading, body }) => heading + body);
  const block = newPiece(0, '', open + inside.join('').trimEnd() + close);
  return withPieces(all.toSpliced(at, end - at), at, [block]);
}

function swallowed(all: readonly Piece[], at: number, open: string): Piece[] {
  return withPieces(all, at, [newPiece(0, '', open)]);
}

function headings(what: string, change: (piece: Piece, number: number) => string): Drift {
  return {
    what: `every heading ${what}`,
    change: (all) => all.map((piece, at) => (piece.depth === 0 ? piece : { ...piece, heading: change(piece, at) })),
  };
}

function fences(what: string, change: (fence: string) => string, info = ''): Drift {
  const whole = /^(```)(?!`)([^`\n]*\n(?:(?!```|~~~~).*\n)*)```[ \t]*$/gm;
  const changed = (body: string): string =>
    body.replace(whole, (_, fence: string, inside: string) => {
      const made = change(fence);
      const indent = made.slice(0, made.length - made.trimStart().length);
      const named = inside.startsWith('\n') ? info : '';
      return `${made}${named}${inside.replace(/\n(?=.)/g, `\n${indent}`)}${made}`;
    });
  return {
    what: `every fence ${what}`,
    change: (all) => all.map((piece) => ({ ...piece, body: changed(piece.body) })),
  };
}

function marks({ depth }: Piece): string {
  return '#'.repeat(depth);
}

// Indented code and quotations are left as they are too.
function outsideFences(text: string, change: (prose: string) => string): string {
  return text
    .split(/^(```[\s\S]*?^```.*|~~~[\s\S]*?^~~~.*)$/m)
    .map((part, at) => (at % 2 === 1 ? part : change(part)))
    .join('');
}
