import { type Anchor, findSections } from '../anchor.js';
import { type Document, pointAt, type Section, type Span } from '../document.js';
import type { Patch } from '../patch.js';

/**
 * What to write so that one of several places is meant: an anchor for a patch, the words of a location for a fix spec. Undefined
 * where nothing that can be written tells it from the others.
 */
export function selectorOf(
  document: Document,
  { origin }: Pick<Patch, 'origin'>,
  anchor: Anchor | undefined,
  place: Span,
  places: readonly Span[],
): string | undefined {
  const rivals = places.filter((other) => other !== place);
  const around = document.sections
    .filter(({ span }) => span.start <= place.start && place.start <= span.end)
    .filter(({ span }) => !rivals.some((rival) => span.start <= rival.start && rival.start <= span.end))
    .toReversed();
  if (origin) {
    const named = around.find((section) => isOnly(document, section, [section.name]));
    return named ? `in the “${named.name}” section` : `line ${pointAt(document.text, place.start).line}`;
  }
  if (!anchor || anchor.kind === 'lines') return undefined;
  const own = anchor.kind === 'code' ? around : around.filter(({ span }) => span.start === place.start);
  const path = own.map((section) => shortestPath(document, section)).find((found) => found !== undefined);
  return (
    path && `${anchor.kind === 'code' ? 'codeIn' : 'section'}(${path.map((name) => JSON.stringify(name)).join(', ')})`
  );
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
