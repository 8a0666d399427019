import type { RootContent } from 'mdast';
import { type Anchor, describeAnchor, type HiddenHeading, lineRange, quotePath } from '../anchor.js';
import { type Document, lastLineOf, lineOf, pointAt, type Section } from '../document.js';
import { plainText } from '../markdown.js';
import type { Patch, Unclear } from '../patch.js';
import type { Entry } from '../plan.js';
import type { Message } from '../result.js';
import type { Misfit, PatchStatus } from '../state.js';
import { list } from '../words.js';
import { quoted } from './words.js';

/** Places that a message names at the most. */
const MOST = 10;

/** Why a patch has no place in a document, as an error. */
export function refusal(document: Document, entry: Entry): Message {
  const { patch, status } = entry;
  const { line, text } =
    status.state === 'conflict'
      ? conflictText(document, status)
      : status.state === 'ambiguous'
        ? ambiguousText(document, status)
        : status.state === 'missing' && status.misfit
          ? misfitText(status.misfit, patch)
          : missingText(document, entry);
  const source = patch.origin ? ` (line ${patch.origin.line} of the fix spec)` : '';
  return {
    level: 'error',
    code: status.state,
    patch: patch.id,
    ...(line !== undefined && { line }),
    text: `Cannot place \`${patch.id}\`${source}: ${text}`,
  };
}

interface Said {
  /** Where there is something to look at. */
  readonly line?: number | undefined;
  /** Completes “Cannot place the patch: ”. */
  readonly text: string;
}

function conflictText({ text }: Document, status: Extract<PatchStatus, { state: 'conflict' }>): Said {
  if (!status.edit) return { text: unclearText('options') };
  const { line } = pointAt(text, status.edit.span.start);
  return { line, text: `it and \`${status.with}\` both change line ${line}; apply one of them alone with \`-p\`` };
}

function ambiguousText(
  document: Document,
  { anchor, candidates, isPlace }: Extract<PatchStatus, { state: 'ambiguous' }>,
): Said {
  const places = candidates.slice(0, MOST).map(({ start }) => pointAt(document.text, start).line);
  const [line] = places;
  const isHeading = document.sections.some((candidate) => candidate.line === line);
  const what =
    isHeading && anchor && anchor.kind !== 'lines'
      ? quotePath(anchor.path)
      : anchor
        ? 'what could be the block it replaces'
        : 'the text it names';
  const lines = list(places.map((place) => `line ${place}`));
  const more = candidates.length > MOST ? ' and more' : '';
  if (isPlace) {
    return {
      line,
      text: `what it should stand beside leads to ${candidates.length} places, behind ${lines}${more}; say which is meant by its line in the unedited file, or write “after the … heading” or “at the end of the … section”`,
    };
  }
  return {
    line,
    text: `${what} stands ${candidates.length} times, on ${lines}${more}; ${anchor ? 'remove or rename all but the one that is meant' : 'say which is meant by its line in the unedited file, or by its heading'}`,
  };
}

function missingText(document: Document, { patch, attempts }: Entry): Said {
  // The last heading tried is the one that the fix spec names; those before it are better places, where they exist.
  const absent = attempts.findLast(({ location }) => location.kind === 'absent');
  if (absent?.location.kind !== 'absent') return { text: 'nothing it is anchored on is there' };
  const { hidden, nearest } = absent.location;
  const name = anchorName(absent.anchor);
  if (hidden) {
    const { headingLine } = hidden;
    return {
      line: headingLine,
      text: `“${name}” stands on line ${headingLine}, but inside ${hiddenIn(hidden)}; ${remedyFor(hidden)}`,
    };
  }
  const instead = nearest[0]
    ? `did you mean ${list(nearest.map(named), 'or')}? Rename the heading back`
    : `${standing(document)}; check that this is the right file`;
  const anchors = 'anchors' in patch.change ? patch.change.anchors : [];
  const hint = anchors.find((anchor) => anchor.kind === 'lines');
  const isHeld = patch.change.kind === 'replace' && hint !== undefined;
  const held = isHeld ? `, and ${describeAnchor(hint)} hold ${heldBy(document, hint)}` : '';
  return {
    line: nearest[0]?.line,
    text: `there is no heading “${name}”${held}; ${instead}`,
  };
}

function misfitText(misfit: Misfit, patch: Patch): Said {
  switch (misfit.kind) {
    case 'no fence': {
      const { line, name, blocks } = misfit.section;
      const instead = blocks[1] ? `${kindOf(blocks[1])} on line ${lineOf(blocks[1])}` : 'nothing';
      const shows = patch.change.kind === 'replace' ? ` that shows ${patch.change.subject.shows}` : '';
      return {
        line,
        text: `under “${name}” (line ${line}) there is no fenced block${shows}, but ${instead}; put the block back`,
      };
    }
    case 'open block': {
      const line = lineOf(misfit.block);
      return {
        line,
        text: `${kindOf(misfit.block)} that opens on line ${line} is never closed and swallows all that follows; close it`,
      };
    }
    case 'doubtful fence': {
      const line = lineOf(misfit.doubt.from);
      const broken = `on line ${misfit.doubt.line} ${misfit.doubt.line === lastLineOf(misfit.doubt.from) ? 'the text ends' : 'another opens'} inside a code block`;
      return { line, text: `a code block from line ${line} on seems not to be closed: ${broken}; close it` };
    }
    case 'open HTML': {
      const { what, line } = misfit.open;
      return {
        line,
        text: `the place lies in ${what} that opens on line ${line}, and would be folded away or hidden; close it before, or quote it as code`,
      };
    }
    case 'headless': {
      const { line, heading } = misfit;
      return {
        line,
        text: `most of its section stands there already (line ${line}), but not its heading “${heading}”; put the heading back, or remove the rest`,
      };
    }
    case 'unrecognised': {
      const line = lineOf(misfit.fence.node);
      const shows = patch.change.kind === 'replace' ? patch.change.before.shows : '';
      return {
        line,
        text: `the block on ${lineRange(line, lastLineOf(misfit.fence.node))} does not show ${shows}, and the heading it stood under is gone`,
      };
    }
    case 'partial': {
      const { lines, of } = misfit;
      const standing = `line${lines.length === 1 ? '' : 's'} ${list(lines.slice(0, MOST).map(String))}`;
      return {
        line: lines[0],
        text:
          lines.length === of
            ? `the lines it quotes stand there (${standing}), but not one after the other as quoted; quote the text as it stands, with nothing left out`
            : `only some of the lines it quotes stand there (${standing}); quote the text as it stands`,
      };
    }
    case 'gone':
      return {
        text: 'neither the text it quotes nor what that should become is there; the file may have changed since, or be another',
      };
    case 'no anchor': {
      const names = list(misfit.names.map((name) => quoted(name)));
      return {
        text:
          names === ''
            ? 'it does not say where it goes by a heading or a text that it quotes, as in: after the “Setup” section; a line number alone is no place'
            : `what it should stand beside is not there: ${names}`,
      };
    }
    case 'elsewhere': {
      const { line, names } = misfit;
      const sections = list(
        names.slice(0, MOST).map((name) => `“${name}”`),
        'or',
      );
      return { line, text: `the text it quotes stands on line ${line} alone, and not in ${sections} as it says` };
    }
    case 'part':
      return { line: misfit.line, text: partText(misfit) };
    case 'like': {
      const { line } = misfit;
      return {
        line,
        text: `what it removes is not there, but line ${line} says the same in other letter case or punctuation; quote the text as it stands`,
      };
    }
    case 'contradiction':
      return {
        line: misfit.lines[0],
        text: `what it should stand beside leads to different places (${list(misfit.lines.slice(0, MOST).map((line) => `after line ${line}`))}); name one`,
      };
    case 'inside': {
      const line = lineOf(misfit.block);
      return { line, text: `its place lies inside ${kindOf(misfit.block)} (line ${line}) that it does not continue` };
    }
    case 'unclear':
      return { text: unclearText(misfit.why) };
    case 'too deep': {
      const { line, name, depth } = misfit.section;
      return {
        line,
        text: `“${name}” (line ${line}) is a heading of level ${depth} whose parts leave no room for one of level ${misfit.depth} directly inside it; put the heading levels back`,
      };
    }
  }
}

function partText({ line, why }: Extract<Misfit, { kind: 'part' }>): string {
  switch (why) {
    case 'lines':
      return `it quotes a part of line ${line}, which cannot become several lines; quote the whole line`;
    case 'kind':
      return `it quotes a part of line ${line}, but its new text is only read as meant at the start of a line; quote the whole line`;
    case 'cells':
      return `it quotes a part of the table row on line ${line}, which would get other cells; quote the whole row`;
    case 'bare':
      return `without the text it quotes nothing is left on line ${line} but its mark; quote the whole line`;
    case 'children':
      return `it removes the item on line ${line}, but not what stands below the item; quote all of it`;
  }
}

/** Why a change cannot be carried out, whatever its file says. Completes “Cannot place the patch: ”. */
export function unclearText(why: Unclear): string {
  return UNCLEAR[why];
}

const UNCLEAR: Record<Unclear, string> = {
  prose:
    'it is told in words alone; quote the text as it stands and as it should be, or carry out the others with `-p`',
  'no new text': 'a text is quoted, but not what it should become',
  'no place': 'there is new text for it, but neither what that replaces nor what it stands beside is quoted',
  options: 'several texts are offered for one change; keep the one that is meant',
  'broken block':
    'its text stands in a block whose fences cannot be paired; close every fence, or use a longer one around it',
  'damaged text': 'its text arrived damaged, and a character of it could be several; save the fix spec as UTF-8',
  'left out': 'its new text is a diff, or leaves something out (`...`); write it as it should stand',
  'several places': 'it speaks of several places or texts at once; write one change for each',
  'no file': 'its file is not named; name it behind the fix spec, or in it as in `**File**: path`',
  'absent file': 'its file does not exist below the working directory',
  'several files': 'several files have the name it gives; write the whole path',
  'unread file': 'what it names as its file is no single path; write one change for each file, as in `**File**: path`',
  itself: 'its file is the fix spec itself',
  outside: 'its file lies outside the working directory',
};

function anchorName(anchor: Anchor): string {
  return anchor.kind === 'lines' ? describeAnchor(anchor) : (anchor.path.at(-1) ?? '');
}

function hiddenIn({ container, line }: HiddenHeading): string {
  return container === 'other' ? `another block (line ${line})` : `${CONTAINERS[container]} that opens on line ${line}`;
}

function remedyFor({ container }: HiddenHeading): string {
  return container === 'code' || container === 'html'
    ? 'close that block before the heading'
    : 'move the heading out of it';
}

const CONTAINERS: Record<Exclude<HiddenHeading['container'], 'other'>, string> = {
  code: 'a code block',
  html: 'an HTML block',
  blockquote: 'a block quote',
  list: 'a list',
  footnoteDefinition: 'a footnote',
};

function heldBy(document: Document, anchor: Anchor): string {
  if (anchor.kind !== 'lines') return '';
  const block = document.tree.children.find((candidate) => lastLineOf(candidate) >= anchor.from);
  if (!block) return 'nothing: the file is shorter';
  const name = block.type === 'heading' ? ` “${plainText(block)}”` : '';
  return `${kindOf(block)}${name} (${lineRange(lineOf(block), lastLineOf(block))})`;
}

function standing(document: Document): string {
  const [first] = document.sections;
  return first ? `the document begins with ${named(first)}` : 'the document has no headings';
}

function named({ name, line }: Section): string {
  return `“${name}” (line ${line})`;
}

function kindOf(block: RootContent): string {
  switch (block.type) {
    case 'code':
      return 'a code block';
    case 'html':
      return 'an HTML block';
    case 'paragraph':
      return 'a paragraph';
    case 'heading':
      return 'a heading';
    case 'list':
      return 'a list';
    case 'table':
      return 'a table';
    case 'blockquote':
      return 'a block quote';
    default:
      return 'a block';
  }
}
