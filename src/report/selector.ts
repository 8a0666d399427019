import { type Anchor, findSections } from '../anchor.js';
import { type Document, pointAt, type Section, type Span } from '../document.js';
import { readHints } from '../fix-spec/hints.js';
import type { LineSense } from '../hint.js';
import type { Patch } from '../patch.js';
import { statusOf } from '../status.js';

/**
 * What to write so that one of several places is meant: an anchor for a patch, the words of a location for a fix spec. Undefined
 * where nothing that can be written tells it from the others.
 *
 * @param sense what line numbers of the unedited file are worth in the document
 */
export function selectorOf(
  document: Document,
  patch: Patch,
  sense: () => LineSense,
  anchor: Anchor | undefined,
  place: Span,
  places: readonly Span[],
): string | undefined {
  const rivals = places.filter((other) => other !== place);
  const around = document.sections
    .filter(({ span }) => span.start <= place.start && place.start <= span.end)
    .filter(({ span }) => !rivals.some((rival) => span.start <= rival.start && rival.start <= span.end))
    .toReversed();
  if (patch.origin) {
    const sections = around.map(({ name }) => `in the “${name}” section`);
    // Line numbers of a fix spec speak of the unedited file.
    const line = `line ${sense().original(pointAt(document.text, place.start).line)}`;
    return [...sections.slice(0, 3), line].find((words) => isUnderstood(document, patch, sense(), words, place));
  }
  if (!anchor || anchor.kind === 'lines') return undefined;
  const own = anchor.kind === 'code' ? around : around.filter(({ span }) => span.start === place.start);
  const path = own.map((section) => shortestPath(document, section)).find((found) => found !== undefined);
  return (
    path && `${anchor.kind === 'code' ? 'codeIn' : 'section'}(${path.map((name) => JSON.stringify(name)).join(', ')})`
  );
}

// Whether a fix spec with these words as the location of the change would mean this place.
function isUnderstood(document: Document, patch: Patch, sense: LineSense, words: string, place: Span): boolean {
  if (!('hints' in patch.change)) return false;
  const read = readHints(words);
  const hints = { ...patch.change.hints, ...read, names: [...patch.change.hints.names, ...read.names] };
  const located: Patch = { ...patch, change: { ...patch.change, hints } };
  const { status } = statusOf(document, located, sense);
  return status.state === 'pending' && status.edit.span.start === place.start;
}

// The fewest names by which a section is the only one: its own, with one of those above it, with all of them.
function shortestPath(document: Document, section: Section): readonly string[] | undefined {
  const { name, path } = section;
  const above = path.slice(0, -1);
  const paths = [[name], ...above.toReversed().map((one) => [one, name]), path];
  return paths.find((names) => isOnly(document, section, names));
}

function isOnly(document: Document, section: Section, path: readonly string[]): boolean {
  const { sections } = findSections(document, path);
  return sections.length === 1 && sections[0] === section;
}
