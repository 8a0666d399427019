import type { Definition, FootnoteDefinition, Nodes, RootContent } from 'mdast';
import { visit } from 'unist-util-visit';
import { type Document, lineOf, pointAt, readDocument, spanOf } from './document.js';
import { openHtmlAt } from './html.js';
import { fragmentsOf, sameNode } from './markdown.js';
import type { Check, Patch, Verdict } from './patch.js';
import { type Entry, isRefused, type Plan } from './plan.js';
import { statusOf } from './status.js';

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
  const after = plan.text === plan.document.text ? plan.document : readDocument(plan.document.path, plan.text);
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
      ...plan.entries.flatMap((entry) => readBack(after, entry)),
      ...checks.flatMap(({ holds, patch, check }): Finding[] => (holds ? [] : [{ kind: 'claim', patch, check }])),
    ],
  };
}

/** Judges the claims of some patches on a document, in the order of the patches. */
export function judge(document: Document, patches: readonly Patch[]): Judged[] {
  return patches.flatMap((patch) => patch.checks.map((check) => ({ patch, check, ...check.judge(document) })));
}

function readBack(after: Document, { patch, status, edit }: Entry): Finding[] {
  const { state } = statusOf(after, patch).status;
  const wanted = edit ? 'applied' : status.state;
  return state === wanted ? [] : [{ kind: 'read back', patch, state }];
}

// The root's children must be those of the document with each patch's template in its place: then each is read as before, and
// what was inserted as what the template says. It looks at templates and places, not at the edits, so it also checks how those
// were made. What the list of children does not show is compared after it.
function structureFindings(plan: Plan, after: Document): Finding[] {
  const expected = expectedBlocks(plan);
  const actual = after.tree.children;
  const at = expected.findIndex(({ block }, index) => {
    const found = actual[index];
    return !found || !sameNode(block, found);
  });
  if (at === -1 && actual.length === expected.length) {
    return [
      ...parentFindings(plan, after, expected),
      ...labelFindings(plan, after, expected),
      ...fragmentFindings(plan, expected),
      ...openFindings(expected),
    ];
  }
  const { line, patch } = expected[at] ?? expected.at(-1) ?? { line: 1 };
  return [{ kind: 'structure', line, ...(patch && { patch }) }];
}

// The children of the root are one flat list, in which a new heading takes over whatever deeper ones follow it.
function parentFindings({ document }: Plan, after: Document, expected: readonly ExpectedBlock[]): Finding[] {
  const kept = new Set<RootContent>(expected.flatMap(({ block, patch }) => (patch ? [] : [block])));
  const before = document.sections.filter(({ heading }) => kept.has(heading));
  const now = after.sections.filter(({ index }) => !expected[index]?.patch);
  const moved = before.find(({ path }, at) => path.join('\n') !== now[at]?.path.join('\n'));
  return moved ? [{ kind: 'parent', name: moved.name, line: moved.line }] : [];
}

// The first definition of a label decides what its links and footnotes say, wherever they stand, and the tree of each block
// is the same whichever that is. So every label must lead where it led: in the document, or in the template it came with.
function labelFindings({ document }: Plan, after: Document, expected: readonly ExpectedBlock[]): Finding[] {
  const now = definitionsOf(after.tree.children);
  const before = definitionsOf(document.tree.children);
  const findings: Finding[] = [];
  for (const { block, line, patch } of expected) {
    const own = patch ? definitionsOf(patch.change.template.blocks) : before;
    visit(block, (node) => {
      if (node.type !== 'linkReference' && node.type !== 'imageReference' && node.type !== 'footnoteReference') return;
      const key = `${node.type === 'footnoteReference' ? '^' : ''}${node.identifier}`;
      const [meant, found] = [own.get(key), now.get(key)];
      if (meant && found && sameNode(meant, found)) return;
      findings.push({ kind: 'label', label: key, line, ...(patch && { patch }) });
    });
  }
  return findings.slice(0, 1);
}

// Of headings that read alike the first has the plain fragment and the others a number.
function fragmentFindings({ document }: Plan, expected: readonly ExpectedBlock[]): Finding[] {
  const links: { fragment: string; line: number }[] = [];
  for (const { block, line, patch } of expected) {
    if (patch) continue;
    visit(block, (node) => {
      if ((node.type === 'link' || node.type === 'definition') && node.url.startsWith('#'))
        links.push({ fragment: decoded(node.url.slice(1)).toLowerCase(), line });
    });
  }
  if (links.length === 0) return [];
  const before = fragmentsOf(document.tree.children);
  const now = fragmentsOf(expected.map(({ block }) => block));
  const moved = links.find(({ fragment }) => before.has(fragment) && before.get(fragment) !== now.get(fragment));
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
function openFindings(expected: readonly ExpectedBlock[]): Finding[] {
  const brought = new Map(expected.flatMap(({ patch, line }) => (patch ? [[patch, line] as const] : [])));
  return [...brought].flatMap(([patch, line]): Finding[] => {
    const open = openHtmlAt({ type: 'root', children: [...patch.change.template.blocks] });
    return open ? [{ kind: 'open HTML', what: open.what, line, patch }] : [];
  });
}

function definitionsOf(blocks: readonly Nodes[]): Map<string, Definition | FootnoteDefinition> {
  const found = new Map<string, Definition | FootnoteDefinition>();
  for (const block of blocks) {
    visit(block, (node) => {
      if (node.type !== 'definition' && node.type !== 'footnoteDefinition') return;
      const key = `${node.type === 'footnoteDefinition' ? '^' : ''}${node.identifier}`;
      if (!found.has(key)) found.set(key, node);
    });
  }
  return found;
}

interface ExpectedBlock {
  readonly block: RootContent;
  /** In the document as it stands: of the block, or of the place where it goes. */
  readonly line: number;
  readonly patch?: Patch;
}

function expectedBlocks({ document, edits, entries }: Plan): ExpectedBlock[] {
  const expected: ExpectedBlock[] = [];
  let rest: readonly RootContent[] = document.tree.children;
  for (const { span } of edits) {
    const entry = entries.find(({ edit }) => edit?.span === span);
    if (!entry) continue;
    const { patch, status } = entry;
    const place =
      status.state === 'drifted'
        ? status.span
        : status.state === 'pending' && 'node' in status.place
          ? spanOf(status.place.node)
          : { start: span.start, end: span.start };
    const before = rest.filter((block) => spanOf(block).end <= place.start);
    const replaced = rest.slice(before.length).filter((block) => spanOf(block).start < place.end);
    expected.push(
      ...before.map(asItStands),
      ...wantedBlocks(patch, replaced).map((block) => ({
        block,
        line: pointAt(document.text, place.start).line,
        patch,
      })),
    );
    rest = rest.slice(before.length + replaced.length);
  }
  return [...expected, ...rest.map(asItStands)];
}

function asItStands(block: RootContent): ExpectedBlock {
  return { block, line: lineOf(block) };
}

// A replaced block keeps its fence and its info string.
function wantedBlocks({ change }: Patch, replaced: readonly RootContent[]): readonly RootContent[] {
  const [host] = replaced;
  if (change.kind !== 'replace' || host?.type !== 'code') return change.template.blocks;
  return [{ ...host, value: change.template.code.value }];
}
