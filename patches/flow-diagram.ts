import { codeIn, lines } from '../src/anchor.js';
import type { PatchDefinition } from '../src/define.js';
import type { Document } from '../src/document.js';
import { codeBlocks } from '../src/evidence/blocks.js';
import { type Drawing, type Lane, readDrawing, type Step } from '../src/evidence/drawing.js';
import { readMermaid } from '../src/evidence/mermaid.js';
import { type TokenAct, tokenActs } from '../src/evidence/token-acts.js';
import type { Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const flowDiagram: PatchDefinition = {
  id: 'flow-diagram',
  title: 'Replace the architecture diagram that shows the JWT being created in the backend',
  why: 'The drawing has Next.js send “Create JWT & Session” to the backend; but Better Auth creates the JWT on Next.js, and the backend only verifies it.',
  change: {
    kind: 'replaceCode',
    anchors: [codeIn('Authentication Flow'), lines(8, 33)],
    template: template('flow-diagram.md').text,
    subject: { shows: 'a sequence drawing', test: (code) => (readMermaid(code) ?? readDrawing(code)) !== undefined },
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
      judge: (document) =>
        judgeDrawings(document, ({ creation }) =>
          allOf(creation, ({ actor, touches }) => actor === 'nextjs' && !touches.includes('backend'), 'creates a JWT'),
        ),
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

/** Something done to a token, and who has a part in it. */
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
  if (!drawing?.isWhole) return false;
  const roles = rolesOf(drawing.lanes);
  return drawing.steps.some(({ text, arrow }) => {
    if (!/create jwt (?:&|and) session/i.test(text) || !arrow) return false;
    return roles[arrow.from] === 'nextjs' && roles[arrow.to] === 'backend';
  });
}

function judgeDrawings(document: Document, judge: (acts: Acts) => Verdict): Verdict {
  if (!known.has(document)) known.set(document, actsIn(document));
  const acts = known.get(document);
  return acts ? judge(acts) : { holds: false, evidence: ['no sequence drawing with the backend in it'] };
}

// Three claims are about the same drawings.
const known = new WeakMap<Document, Acts | undefined>();

function actsIn(document: Document): Acts | undefined {
  const acts: { creation: Act[]; verification: Act[] } = { creation: [], verification: [] };
  let drawings = 0;
  for (const { code, line } of codeBlocks(document)) {
    const drawing = readMermaid(code) ?? readDrawing(code);
    if (!drawing || !rolesOf(drawing.lanes).includes('backend')) continue;
    drawings += 1;
    for (const step of drawing.steps) {
      for (const act of tokenActs(step.text)) acts[act.kind].push(actOf(step, act, drawing, line));
    }
  }
  return drawings === 0 ? undefined : acts;
}

function noneOf(acts: readonly Act[], isWrong: (act: Act) => boolean): Verdict {
  const wrong = acts.filter(isWrong);
  return { holds: wrong.length === 0, evidence: (wrong.length > 0 ? wrong : acts).map(({ words }) => words) };
}

function allOf(acts: readonly Act[], isRight: (act: Act) => boolean, what: string): Verdict {
  if (acts.length === 0) return { holds: false, evidence: [`no step of a drawing ${what}`] };
  return noneOf(acts, (act) => !isRight(act));
}

// Who acts on a step: whom its words name, else the lane it stands in, else the server's side of its arrow, be it a
// request or an answer. Words do not take out of its lane what is done there.
function actOf(
  { text, line, lane, arrow }: Step,
  { agent, isTold }: TokenAct,
  { lanes }: Drawing,
  firstLine: number,
): Act {
  const roles = rolesOf(lanes);
  const name = (at: number): string => `“${lanes[at]?.label ?? ''}”`;
  const where = arrow ? `runs from ${name(arrow.from)} to ${name(arrow.to)}` : `stands in the lane of ${name(lane)}`;
  const part = arrow ? [arrow.from, arrow.to] : [lane];
  const named = agent === undefined ? undefined : explicitRole(agent);
  const drawn = part.map((at) => roles[at] ?? 'other');
  return {
    words: `line ${firstLine + line}: “${text}” ${where}`,
    actor: named ?? roles[Math.max(...part)] ?? 'other',
    touches: named ? [named, ...(arrow || isTold ? [] : drawn)] : drawn,
  };
}

// Labels that say who they are; then, where nobody is yet, those that can only be the one or the other.
function rolesOf(lanes: readonly Lane[]): Role[] {
  const roles = lanes.map(({ label }) => explicitRole(label));
  const fill = (role: Role, test: RegExp): void => {
    if (roles.includes(role)) return;
    const at = lanes.findIndex(({ label }, lane) => roles[lane] === 'other' && test.test(label));
    if (at !== -1) roles[at] = role;
  };
  fill('nextjs', /\b(?:next|web|app|bff|auth)\b/i);
  fill('backend', /\b(?:api|server|service|python)\b/i);
  return roles;
}

function explicitRole(label: string): Role {
  if (/fast\s?api/i.test(label)) return 'backend';
  if (/next\s?\.?\s?js|better[\s-]?auth/i.test(label)) return 'nextjs';
  if (/back-?\s?end/i.test(label)) return 'backend';
  if (/front-?\s?end/i.test(label)) return 'nextjs';
  return /browser|client|\buser\b/i.test(label) ? 'browser' : 'other';
}
