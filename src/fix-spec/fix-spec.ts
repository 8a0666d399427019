import { lines, section } from '../anchor.js';
import { headingName } from '../hint.js';
import type { Change, Patch, Question, Repair } from '../patch.js';
import { type Template, templateOf } from '../template.js';
import { readAsides } from './asides.js';
import { type Instruction, type Order, type Quoted, readInstructions } from './instructions.js';
import { type Doubtful, recoverMojibake } from './mojibake.js';
import { readDelta } from './openspec.js';

/** One change of a fix spec, as a patch. */
export interface FixChange {
  readonly patch: Patch;
  readonly instruction: Instruction;
}

/** A fix spec as it is carried out. */
export interface FixSpec {
  /** In the order of the document; their patches are `change-1`, `change-2`, … */
  readonly changes: readonly FixChange[];
  /** What its checklists ask people to confirm. */
  readonly questions: readonly Question[];
  /** Where the document had been read in the wrong encoding: characters read anew, and those that could be several. */
  readonly mojibake?: { readonly mangled: number; readonly doubtful: readonly Doubtful[] };
}

/**
 * Reads a fix spec. It never throws for what the document holds: what cannot be understood is a change that says so.
 *
 * @param witnesses texts of the files that it changes: they tell what a damaged character was
 */
export function readFixSpec(text: string, witnesses: readonly string[] = []): FixSpec {
  const recovered = recoverMojibake(text, witnesses);
  const meant = recovered?.text ?? text;
  const instructions = [...readDelta(meant), ...readInstructions(meant)].toSorted((a, b) => a.line - b.line);
  const damaged = new Set(recovered?.doubtful.map(({ line }) => line));
  const asides = readAsides(meant);
  const changes = instructions.map((instruction, index): FixChange => {
    const { line, title, order } = instruction;
    const why = asides.reasonFor(line);
    const patch: Patch = {
      id: `change-${index + 1}`,
      title,
      ...(why !== undefined && { why }),
      change: changeOf(instruction, damaged),
      checks: [],
      origin: { line, repairs: repairsOf(order) },
    };
    return { patch, instruction };
  });
  const questions = asides.questions.map((text) => ({ text, covers: [] }));
  return {
    changes,
    questions,
    ...(recovered && { mojibake: { mangled: recovered.mangled, doubtful: recovered.doubtful } }),
  };
}

function changeOf({ order, hints }: Instruction, damaged: ReadonlySet<number>): Change {
  if (order.kind === 'unclear') return order;
  if (order.wanted && isDamaged(order.wanted, damaged)) return { kind: 'unclear', why: 'damaged text' };
  let template: Template | undefined;
  try {
    template = order.wanted && templateOf(`${order.wanted.text}\n`);
  } catch {
    return { kind: 'unclear', why: 'damaged text' };
  }
  switch (order.kind) {
    case 'substitute':
      return { kind: 'substitute', quotation: order.current.text, text: order.wanted?.text ?? '', hints };
    case 'section':
      return { kind: 'replaceSection', anchors: [section(order.name)], ...(template && { template }) };
    case 'append':
      return { kind: 'append', anchors: [section(order.name)], template: template as Template };
    case 'insert':
      return insertion(order, template as Template, hints);
  }
}

// A section that goes behind another is found again by its heading; anything else by its text.
function insertion(order: Extract<Order, { kind: 'insert' }>, template: Template, hints: Instruction['hints']): Change {
  const isSection = /^ {0,3}#{1,6}[ \t]/.test(order.wanted.text);
  const sides = hints.names.filter(({ relation }) => relation !== 'at');
  if (isSection && sides.length > 0 && sides.every(({ relation, isSection: is }) => relation === 'after' && is)) {
    const anchors = [
      ...sides.map(({ text }) => section(headingName(text))),
      ...(hints.lines ? [lines(hints.lines.from, hints.lines.to)] : []),
    ];
    return { kind: 'insertAfter', anchors, template };
  }
  return { kind: 'insertText', template, hints };
}

function repairsOf(order: Order): readonly Repair[] {
  if (order.kind === 'unclear') return [];
  const quoted = [...('current' in order ? [order.current] : []), ...(order.wanted ? [order.wanted] : [])];
  return quoted.flatMap(({ block }) => block?.repairs ?? []);
}

function isDamaged({ line, block }: Quoted, damaged: ReadonlySet<number>): boolean {
  const [from, to] = block ? [block.line, block.lastLine] : [line, line];
  return [...damaged].some((one) => one >= from && one <= to);
}
