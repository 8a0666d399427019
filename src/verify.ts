import type { Definition, FootnoteDefinition, Nodes, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import type { Chunk } from './chunks.js';
import { type Document, lineOf, pointAt, readDocument, type Span, spanOf } from './document.js';
import { openHtmlAt } from './html.js';
import { fragmentsOf, sameNode } from './markdown.js';
import type { Check, Patch, Verdict } from './patch.js';
import { isRefused, type Plan, type PlannedEdit, readAll } from './plan.js';

/** A claim with its answer. */
export interface Judged extends Verdict {
  readonly patch: Patch;
  readonly check: Check;
}

/** Why a finished text must not be written. */
export type Finding =
  /**
   * The text outside the edits would be read as other Markdown, or an inserted part as other than its template; `line`
   * is where that begins, in the document as it stands.
   */
  | { readonly kind: 'structure'; readonly line: number; readonly patch?: Patch }
  /** A heading, on `line` of the document as it stands, would come under others than before. */
  | { readonly kind: 'parent'; readonly name: string; readonly line: number; readonly patch?: Patch }
  /** A link or footnote that begins in the block on `line` would lead elsewhere: another definition has its label. */
  | { readonly kind: 'label'; readonly label: string; readonly line: number; readonly patch?: Patch }
  /** A link such as `#purpose` in the block on `line` would lead to another heading. */
  | { readonly kind: 'fragment'; readonly fragment: string; readonly line: number; readonly patch?: Patch }
  /** What the patch brings opens HTML that would fold away or hide all that follows. */
  | { readonly kind: 'open HTML'; readonly what: string; readonly line: number; readonly patch: Patch }
  /** The finished text does not show the patch as applied. */
  | { readonly kind: 'read back'; readonly patch: Patch; readonly state: string }
  /** What stands there is neither the text before nor after, and no claim says that it will do. */
  | {
      readonly kind: 'unproven';
      readonly line: number;
      /** Whether it is a section that can be brought back. */
      readonly isWhole: boolean;
      readonly patch: Patch;
      readonly lost: readonly { readonly name: string; readonly line: number }[];
    }
  | { readonly kind: 'claim'; readonly patch: Patch; readonly check: Check };

export interface Verification {
  /** The finished text as a document; the plan's own document when nothing changes. */
  readonly after: Document;
  readonly checks: readonly Judged[];
  /** None when the finished text may be written. */
  readonly findings: readonly Finding[];
}

/** Reads the finished text of a plan back and judges every claim on it, before anything is written. */
export function verify(plan: Plan): Verification {
  const after = plan.text === plan.document.text ? plan.document : finished(plan);
  const checks = judge(
    after,
    plan.entries.map(({ patch }) => patch),
  );
  if (plan.entries.some(({ status }) => isRefused(status))) return { after, checks, findings: [] };
  return {
    after,
    checks,
    findings: [
      ...structureFindings(plan, after),
      ...readBack(plan, after),
      ...plan.entries.flatMap(({ patch, status, edit }): Finding[] =>
        status.state === 'drifted' && !edit && patch.checks.length === 0
          ? [
              {
                kind: 'unproven',
                patch,
                isWhole: status.restore !== undefined,
                line: pointAt(plan.document.text, status.span.start).line,
                lost: status.lost ?? [],
              },
            ]
          : [],
      ),
      ...checks.flatMap(({ holds, patch, check }): Finding[] => (holds ? [] : [{ kind: 'claim', patch, check }])),
    ],
  };
}

// Most of what stands in the finished text was read in the document, and what it brings in the templates.
function finished({ document: { path, blocks }, entries, text }: Plan): Document {
  const templates = entries.flatMap(({ patch: { change } }) =>
    'template' in change && change.template ? [change.template.source] : [],
  );
  return readDocument(path, text, [blocks, ...templates]);
}

/** Judges the claims of some patches on a document, in the order of the patches. */
export function judge(document: Document, patches: readonly Patch[]): Judged[] {
  return patches.flatMap((patch) => patch.checks.map((check) => ({ patch, check, ...check.judge(document) })));
}

function readBack({ entries, all }: Plan, after: Document): Finding[] {
  const readings = readAll(
    after,
    entries.map(({ patch }) => patch),
    all,
  );
  return entries.flatMap(({ patch, status, edit }, index): Finding[] => {
    const state = readings[index]?.status.state ?? 'missing';
    const wanted = edit ? 'applied' : status.state;
    return state === wanted ? [] : [{ kind: 'read back', patch, state }];
  });
}

// What the patches do not touch must be read as before, block by block, where the edits moved it to; what a patch brings must be
// read as its template says, where one says it. What the list of the root's children does not show is compared after it.
function structureFindings(plan: Plan, after: Document): Finding[] {
  const regions = regionsOf(plan);
  const reading = readRegions(plan.document, after, regions);
  if ('line' in reading) return [{ kind: 'structure', ...reading }];
  return [
    ...parentFindings(plan.document, after, regions),
    ...labelFindings(plan.document, after, reading),
    ...fragmentFindings(plan.document, after, regions),
    ...openFindings(plan.document, reading),
  ];
}

/** What the edits of one patch, or of several that meet in a block, may change. */
export interface Region {
  readonly patch: Patch;
  readonly edits: readonly PlannedEdit[];
  /** The blocks that are touched, in the document as it stands; empty between two blocks. */
  readonly span: Span;
  /** Where that is in the finished text. */
  readonly after: Span;
  /** What must stand there, when that is known. */
  readonly blocks?: readonly RootContent[];
  /** What is taken away, where all that stays must stay of its kind. */
  readonly removed?: readonly Span[];
}

/** What each region holds in a finished text whose untouched blocks are those of the document. */
type Reading = readonly { readonly region: Region; readonly blocks: readonly RootContent[] }[];

/** The regions that a plan changes, in the order of the text. */
export function regionsOf({ edits }: Plan): Region[] {
  const regions: Region[] = [];
  let moved = 0;
  for (const edit of edits) {
    const { patch, span, text, touches, blocks, keepsKinds } = edit;
    const before = moved;
    moved += text.length - (span.end - span.start);
    const after = { start: touches.start + before, end: touches.end + moved };
    const removed = keepsKinds && (text === '' ? [span] : []);
    const last = regions.at(-1);
    if (last && touches.start < last.span.end) {
      // Two edits in one block: what it becomes is for neither to say.
      const { blocks: _, removed: gone, ...rest } = last;
      regions[regions.length - 1] = {
        ...rest,
        edits: [...last.edits, edit],
        span: { start: last.span.start, end: Math.max(last.span.end, touches.end) },
        after: { start: last.after.start, end: Math.max(last.span.end, touches.end) + moved },
        ...(gone && removed && { removed: [...gone, ...removed] }),
      };
    } else {
      const known = { ...(blocks && { blocks }), ...(removed && { removed }) };
      regions.push({ patch, edits: [edit], span: touches, after, ...known });
    }
  }
  return regions;
}

function readRegions(
  document: Document,
  after: Document,
  regions: readonly Region[],
): Reading | { line: number; patch?: Patch } {
  const same = sameChunks(document, after, regions);
  const actual = after.blocks.of(after.blocks.chunks.filter((chunk) => !same.has(chunk)));
  const brought: { region: Region; blocks: RootContent[] }[] = [];
  let torn: { line: number; patch?: Patch } | undefined;
  const bring = (region: Region): void => {
    const end = actual.findIndex((block) => spanOf(block).start >= region.after.end);
    const blocks = actual.splice(0, end === -1 ? actual.length : end);
    brought.push({ region, blocks });
    const isAsWanted =
      !region.blocks ||
      (region.blocks.length === blocks.length &&
        region.blocks.every((block, index) => sameNode(block, blocks[index] as RootContent)));
    const isInside = blocks.every((block) => spanOf(block).end <= region.after.end);
    const areKept = !region.removed || kindsOf(blocks) === kindsOf(staying(document, region.span, region.removed));
    if (!isAsWanted || !isInside || !areKept)
      torn ??= { line: pointAt(document.text, region.span.start).line, patch: region.patch };
  };
  const waiting = [...regions];
  const before = document.blocks.of(document.blocks.chunks.filter((chunk) => !same.has(chunk)));
  for (const block of before) {
    const { start, end } = spanOf(block);
    while (waiting[0] && waiting[0].span.end <= start) bring(waiting.shift() as Region);
    if (waiting[0] && waiting[0].span.start < end) continue;
    const found = actual.shift();
    if (!found || !sameNode(block, found) || originOf(spanOf(found).start, regions) !== start)
      torn ??= { line: lineOf(block) };
  }
  for (const region of waiting) bring(region);
  if (actual[0]) torn ??= { line: lineOf(before.at(-1) ?? document.tree) };
  return torn ?? brought;
}

// The chunks of both texts that no region touches and that say the same: what is cut alike is read alike, for a chunk is closed
// at both ends. Only what its brackets refer to may have come or gone elsewhere.
function sameChunks(document: Document, after: Document, regions: readonly Region[]): ReadonlySet<Chunk> {
  const same = new Set<Chunk>();
  const isEqual = after.blocks.hasLabelsOf(document.blocks);
  const standing = new Map(document.blocks.chunks.map((chunk) => [chunk.start, chunk]));
  for (const chunk of after.blocks.chunks) {
    const start = originOf(chunk.start, regions);
    const one = start === undefined ? undefined : standing.get(start);
    if (!one || one.kind !== chunk.kind || one.end - one.start !== chunk.end - chunk.start) continue;
    if (regions.some(({ span }) => span.start < one.end && span.end >= one.start)) continue;
    const text = after.text.slice(chunk.start, chunk.end);
    if (text !== document.text.slice(one.start, one.end) || (!isEqual && text.includes('['))) continue;
    same.add(chunk).add(one);
  }
  return same;
}

// Where in the document a place of the finished text stands; nowhere what a region brought.
function originOf(offset: number, regions: readonly Region[]): number | undefined {
  const last = regions.findLast(({ after }) => after.start <= offset);
  if (!last) return offset;
  return offset < last.after.end ? undefined : offset - last.after.end + last.span.end;
}

// The blocks in a span but for those that lie wholly in what is removed.
function staying({ blocks }: Document, span: Span, removed: readonly Span[]): RootContent[] {
  return blocks.between(span.start, span.end).filter((block) => {
    const own = spanOf(block);
    return !removed.some((gone) => own.start >= gone.start && own.end <= gone.end);
  });
}

function kindsOf(blocks: readonly RootContent[]): string {
  return blocks.map((block) => (block.type === 'list' ? `list ${block.ordered}` : block.type)).join();
}

// The children of the root are one flat list, in which a new heading takes over whatever deeper ones follow it.
function parentFindings(document: Document, after: Document, regions: readonly Region[]): Finding[] {
  const headings = document.sections.map(({ heading }) => heading);
  const standing = new Set(untouched(headings, regions).map((heading) => spanOf(heading).start));
  // What a patch replaces may get other headings, but as many of them.
  const path = (above: readonly (number | undefined)[] = []): string =>
    above.map((start) => (start !== undefined && standing.has(start) ? start : '*')).join();
  const before = ancestry(document, (start) => start);
  const now = ancestry(after, (start) => originOf(start, regions));
  const moved = document.sections.find(({ heading }) => {
    const { start } = spanOf(heading);
    return standing.has(start) && path(before.get(start)) !== path(now.get(start));
  });
  return moved ? [{ kind: 'parent', name: moved.name, line: moved.line }] : [];
}

// For each heading, by where it stands in the document, those above it.
function ancestry(
  { sections }: Document,
  origin: (start: number) => number | undefined,
): Map<number | undefined, (number | undefined)[]> {
  const above: { depth: number; start: number | undefined }[] = [];
  return new Map(
    sections.map(({ depth, heading }) => {
      while ((above.at(-1)?.depth ?? 0) >= depth) above.pop();
      const path = above.map(({ start }) => start);
      const start = origin(spanOf(heading).start);
      above.push({ depth, start });
      return [start, path];
    }),
  );
}

// The blocks of the document that stay as they are.
function untouched<T extends RootContent>(blocks: readonly T[], regions: readonly Region[]): T[] {
  return blocks.filter((block) => {
    const { start, end } = spanOf(block);
    return !regions.some(({ span }) => span.start < end && span.end > start);
  });
}

// The first definition of a label decides what its links and footnotes say, wherever they stand, and the tree of each block
// is the same whichever that is. So every label must lead where it led: in the document, or in the template it came with.
function labelFindings(document: Document, after: Document, brought: Reading): Finding[] {
  const now = definitionsOf(after.blocks.having('definition'));
  if (now.size === 0) return [];
  const regions = brought.map(({ region }) => region);
  const defining = document.blocks.having('definition');
  const before = definitionsOf(defining);
  const kept = definitionsOf(untouched(defining, regions));
  const findings: Finding[] = [];
  const look = (block: RootContent, own: ReadonlyMap<string, Label>, line: number, patch?: Patch): void =>
    visit(block, (node) => {
      if (node.type !== 'linkReference' && node.type !== 'imageReference' && node.type !== 'footnoteReference') return;
      const key = `${node.type === 'footnoteReference' ? '^' : ''}${node.identifier}`;
      const [meant, found] = [own.get(key), now.get(key)];
      if (meant && found && sameNode(meant, found)) return;
      // A definition that a patch replaces is meant to say something else.
      if (!patch && found && kept.get(key) !== meant) return;
      findings.push({ kind: 'label', label: key, line, ...(patch && { patch }) });
    });
  // What leads where it led need not be found.
  const isMoved = [...before].some(([key, meant]) => {
    const found = now.get(key);
    return !found || !sameNode(meant, found);
  });
  if (isMoved)
    for (const block of untouched(document.blocks.having('reference'), regions)) look(block, before, lineOf(block));
  for (const { blocks = [], patch, span } of regions) {
    const own = definitionsOf(blocks);
    for (const block of blocks) look(block, own, pointAt(document.text, span.start).line, patch);
  }
  return findings.slice(0, 1);
}

// Of headings that read alike the first has the plain fragment and the others a number.
function fragmentFindings(document: Document, after: Document, regions: readonly Region[]): Finding[] {
  const links: { fragment: string; line: number }[] = [];
  for (const block of untouched(document.blocks.having('fragment', 'definition'), regions)) {
    visit(block, (node) => {
      if ((node.type === 'link' || node.type === 'definition') && node.url.startsWith('#'))
        links.push({ fragment: decoded(node.url.slice(1)).toLowerCase(), line: lineOf(block) });
    });
  }
  if (links.length === 0) return [];
  const headings = document.blocks.having('heading');
  const before = fragmentsOf(headings);
  const now = fragmentsOf(after.blocks.having('heading'));
  const standing = new Set(fragmentsOf(untouched(headings, regions)).values());
  const moved = links.find(({ fragment }) => {
    const [meant, found] = [before.get(fragment), now.get(fragment)];
    if (!meant || !standing.has(meant)) return false;
    return !found || originOf(spanOf(found).start, regions) !== spanOf(meant).start;
  });
  return moved ? [{ kind: 'fragment', ...moved }] : [];
}

function decoded(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

// An open tag is no node of its own, so what follows it has the same tree and is another thing to the reader.
function openFindings(document: Document, brought: Reading): Finding[] {
  return brought.flatMap(({ region: { patch, span }, blocks }): Finding[] => {
    const open = openHtmlAt(blocks);
    if (!open) return [];
    const replaced = document.blocks.between(span.start, span.end).filter((block) => spanOf(block).end <= span.end);
    if (openHtmlAt(replaced)) return [];
    return [{ kind: 'open HTML', what: open.what, line: pointAt(document.text, span.start).line, patch }];
  });
}

type Label = Definition | FootnoteDefinition;

function definitionsOf(blocks: readonly Nodes[]): Map<string, Label> {
  const found = new Map<string, Label>();
  for (const block of blocks) {
    visit(block, (node) => {
      if (node.type !== 'definition' && node.type !== 'footnoteDefinition') return;
      const key = `${node.type === 'footnoteDefinition' ? '^' : ''}${node.identifier}`;
      if (!found.has(key)) found.set(key, node);
    });
  }
  return found;
}
