import { codeIn, lines } from '../src/anchor.js';
import type { Document } from '../src/document.js';
import { codeBlocks } from '../src/evidence/blocks.js';
import { type Drawing, type Lane, readDrawing, type Step } from '../src/evidence/drawing.js';
import type { Patch, Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const flowDiagram: Patch = {
  id: 'flow-diagram',
  title: 'Replace the architecture diagram that shows the JWT being created in the backend',
  change: {
    kind: 'replace',
    anchors: [codeIn('Authentication Flow'), lines(8, 33)],
    template: template('flow-diagram.md'),
    subject: { shows: 'a sequence drawing', test: (code) => readDrawing(code) !== undefined },
    before: { shows: 'the step “Create JWT & Session” sent from Next.js to the backend', test: isWrongDrawing },
  },
  checks: [
    {
      claim: 'Architecture diagram no longer shows Backend creating JWT',
      covers: ['FR-001', 'FR-002', 'SC-001'],
      judge: (document) =>
        judgeDrawings(document, ({ creation }) => noneOf(creation, (act) => act.touches.includes('backend'))),
    },
    {
      claim: 'Architecture diagram shows JWT creation happens on Next.js (steps 2-3)',
      covers: ['FR-001', 'FR-003', 'SC-001'],
      judge: (document) => judgeDrawings(document, ({ creation }) => allOf(creation, isOnNextjs, 'creates a JWT')),
    },
    {
      claim: 'Architecture diagram shows Backend only verifies JWT (steps 6-7)',
      covers: ['FR-002'],
      judge: (document) =>
        judgeDrawings(document, ({ creation, verification }) => {
          const creates = noneOf(creation, (act) => act.touches.includes('backend'));
          return creates.holds ? allOf(verification, (act) => act.actor === 'backend', 'verifies a JWT') : creates;
        }),
    },
  ],
};

type Role = 'browser' | 'nextjs' | 'backend' | 'other';

/** Something done to a JWT, and who has a part in it. */
interface Act {
  readonly words: string;
  readonly actor: Role;
  readonly touches: readonly Role[];
}

interface Acts {
  readonly creation: readonly Act[];
  readonly verification: readonly Act[];
}

function isWrongDrawing(code: string): boolean {
  const drawing = readDrawing(code);
  if (!drawing) return false;
  return drawing.steps.some(({ text, arrow }) => {
    if (!/create jwt (?:&|and) session/i.test(text) || !arrow) return false;
    return roleOf(drawing.lanes[arrow.from]) === 'nextjs' && roleOf(drawing.lanes[arrow.to]) === 'backend';
  });
}

function judgeDrawings(document: Document, judge: (acts: Acts) => Verdict): Verdict {
  const all: { creation: Act[]; verification: Act[] } = { creation: [], verification: [] };
  let drawings = 0;
  for (const { code, line } of codeBlocks(document, document.tree.children)) {
    const drawing = readDrawing(code);
    if (!drawing?.lanes.some((lane) => roleOf(lane) === 'backend')) continue;
    drawings += 1;
    for (const step of drawing.steps) {
      if (speaksOf(step.text, CREATING)) all.creation.push(actOf(step, drawing, line));
      if (speaksOf(step.text, VERIFYING)) all.verification.push(actOf(step, drawing, line));
    }
  }
  return drawings === 0 ? { holds: false, evidence: ['no sequence drawing with the backend in it'] } : judge(all);
}

function noneOf(acts: readonly Act[], isWrong: (act: Act) => boolean): Verdict {
  const wrong = acts.filter(isWrong);
  return { holds: wrong.length === 0, evidence: (wrong.length > 0 ? wrong : acts).map(({ words }) => words) };
}

function allOf(acts: readonly Act[], isRight: (act: Act) => boolean, what: string): Verdict {
  if (acts.length === 0) return { holds: false, evidence: [`no step of a drawing ${what}`] };
  return noneOf(acts, (act) => !isRight(act));
}

function isOnNextjs({ actor, touches }: Act): boolean {
  return actor === 'nextjs' && touches.every((role) => role === 'nextjs');
}

// An arrow carries its text to whom it points: that actor acts on it.
function actOf({ text, line, lane, arrow }: Step, { lanes }: Drawing, firstLine: number): Act {
  const name = (at: number): string => `“${lanes[at]?.label ?? ''}”`;
  const where = arrow ? `runs from ${name(arrow.from)} to ${name(arrow.to)}` : `stands in the lane of ${name(lane)}`;
  const part = arrow ? [arrow.from, arrow.to] : [lane];
  return {
    words: `line ${firstLine + line}: “${text}” ${where}`,
    actor: roleOf(lanes[arrow ? arrow.to : lane]),
    touches: part.map((at) => roleOf(lanes[at])),
  };
}

function roleOf(lane: Lane | undefined): Role {
  const label = lane?.label ?? '';
  if (/fast\s?api|back-?\s?end/i.test(label)) return 'backend';
  if (/next\.?\s?js|front-?\s?end|better[\s-]?auth/i.test(label)) return 'nextjs';
  return /browser|client|user/i.test(label) ? 'browser' : 'other';
}

const CREATING =
  /^(?:creat(?:e|es|ing|ion)|issu(?:e|es|ing|ance)|generat(?:e|es|ing|ion)|mint(?:s|ing)?|sign(?:s|ing)?)$/;
const VERIFYING = /^(?:verif(?:y|ies|ying|ication)|validat(?:e|es|ing|ion)|check(?:s|ing)?|decod(?:e|es|ing))$/;
const DONE = /^(?:created|issued|generated|minted|verified|validated|checked|decoded)$/;
const TOKEN = /^(?:jwts?|tokens?)$/;
// Words behind which a token is no longer what the verb acts on: “create a task with the JWT”.
const TURN = /^(?:with|using|via|from|by|for|in|to|into|then|send|sends|attach|include|return|returns|store|set|read)$/;
const NOT = /^(?:not|never|no|without|cannot|doesn't|don't|won't|neither|nor)$/;

// Whether a text speaks of doing something to a token: the verb, then within a few words the token; or the token, then
// the verb's noun or participle.
function speaksOf(text: string, verb: RegExp): boolean {
  const words = (
    text
      .toLowerCase()
      .replaceAll('’', "'")
      .match(/[a-z]+(?:'[a-z]+)?/g) ?? []
  ).slice(0, 200);
  const isVerb = (word: string | undefined): boolean => word !== undefined && verb.test(word);
  const isOther = (word: string): boolean => TURN.test(word) || CREATING.test(word) || VERIFYING.test(word);
  return words.some((word, at) => {
    if (words.slice(Math.max(0, at - 3), at).some((before) => NOT.test(before))) return false;
    if (isVerb(word)) {
      if (word.startsWith('sign') && /^(?:in|up|out)$/.test(words[at + 1] ?? '')) return false;
      const next = words.slice(at + 1, at + 7);
      const stop = next.findIndex((other) => isOther(other));
      return (stop === -1 ? next : next.slice(0, stop)).some((other) => TOKEN.test(other));
    }
    if (!TOKEN.test(word)) return false;
    const next = words[at + 1] === 'is' ? words[at + 2] : words[at + 1];
    return (
      isVerb(next) || (next !== undefined && DONE.test(next) && isVerb(next.replace(/ied$/, 'y').replace(/d$/, '')))
    );
  });
}
