import { codeIn, definePatch, definePatchSet, section } from 'fix-auth-spec';

// --- What the claims read ---------------------------------------------------------------------------------------------

/** @typedef {import('fix-auth-spec').Document} Document */
/** @typedef {import('fix-auth-spec').Verdict} Verdict */

/** The words of a node, without its markup. */
const words = (node) => node.value ?? (node.children ?? []).map(words).join('');

const lineOf = (node) => node.position.start.line;

const yes = (node, what) => ({ holds: true, evidence: [`line ${lineOf(node)}: ${what}`] });
const no = (why, node) => ({ holds: false, evidence: [node ? `line ${lineOf(node)}: ${why}` : why] });

/** All fenced blocks, wherever they stand; a claim is about the document, not about a heading. */
const codeBlocks = ({ tree }) => tree.children.filter(({ type }) => type === 'code');

/** What a block says as JSON, or undefined. */
const json = (code) => {
  try {
    const value = JSON.parse(code);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

/** The requirement with that number: the list item that opens with it. */
const requirement = ({ tree }, number) =>
  tree.children
    .filter(({ type }) => type === 'list')
    .flatMap(({ children }) => children)
    .find((item) => words(item).startsWith(`${number}:`));

/** The row of the table of loan periods that is about a category, by the names of its columns. */
const loanPeriod = ({ tree }, category) => {
  for (const table of tree.children.filter(({ type }) => type === 'table')) {
    const [head, ...rows] = table.children.map((row) => ({ row, cells: row.children.map(words) }));
    if (!head.cells.includes('Loan period')) continue;
    const found = rows.find(({ cells }) => cells[head.cells.indexOf('Category')] === category);
    if (found) return { row: found.row, cell: (column) => found.cells[head.cells.indexOf(column)] };
  }
  return undefined;
};

// --- The drawing ------------------------------------------------------------------------------------------------------

const isStates = (code) => ['AVAILABLE', 'ON LOAN', 'RETURNED'].every((state) => code.includes(state));

/** Whether an arrow leads from one box to its neighbour on the same line, in either direction. */
const leads = (code, from, to) =>
  code
    .split(/\r?\n/)
    .some(
      (line) =>
        new RegExp(`\\b${from}\\s*\\|-[^|]*>\\|\\s*${to}\\b`).test(line) ||
        new RegExp(`\\b${to}\\s*\\|<[^|]*-\\|\\s*${from}\\b`).test(line),
    );

const holdShelf = definePatch({
  id: 'hold-shelf',
  title: 'Draw the hold shelf',
  why: 'FR-006 needs a state for copies that wait for who reserved them; the drawing sends every return back to the shelf.',
  change: {
    kind: 'replaceCode',
    anchors: [codeIn('States of a Copy')],
    subject: { shows: 'the states of a copy', test: isStates },
    before: { shows: 'no hold shelf', test: (code) => isStates(code) && !code.includes('ON HOLD') },
    template: `\`\`\`
+-----------+   borrow    +-----------+
| AVAILABLE |------------>|  ON LOAN  |<-------------+
+-----------+             +-----------+              |
   ^     ^                      |                    |
   |     |                      | return             | collect
   |     |                      v                    |
   |     |  not reserved  +-----------+  reserved  +-----------+
   |     +----------------| RETURNED  |----------->|  ON HOLD  |
   |                      +-----------+            +-----------+
   |                   three open days over              |
   +-----------------------------------------------------+
\`\`\`
`,
  },
  checks: [
    {
      claim: 'A returned copy that is reserved goes to the hold shelf',
      covers: ['FR-006'],
      judge: (document) => {
        const drawing = codeBlocks(document).find(({ value }) => isStates(value));
        if (!drawing) return no('no block shows the states of a copy');
        return leads(drawing.value, 'RETURNED', 'ON HOLD')
          ? yes(drawing, 'an arrow leads from RETURNED to ON HOLD')
          : no('no arrow leads from RETURNED to ON HOLD', drawing);
      },
    },
  ],
});

// --- Words ------------------------------------------------------------------------------------------------------------

const renewalLimit = definePatch({
  id: 'renewal-limit',
  title: 'Limit renewals as the table of loan periods does',
  why: 'FR-004 contradicts user story 2, where a reservation ends the renewals.',
  change: {
    kind: 'replaceText',
    from: 'A loan MAY be renewed without limit, even while others wait for the title.',
    to: 'A loan MAY be renewed as often as its category allows, but MUST NOT be renewed while others wait for it.',
  },
  checks: [
    {
      claim: 'A loan for which somebody waits cannot be renewed',
      covers: ['FR-004'],
      judge: (document) => {
        const item = requirement(document, 'FR-004');
        if (!item) return no('there is no FR-004');
        return /MUST NOT be renewed[^.]*\bwait/.test(words(item).replace(/\s+/g, ' '))
          ? yes(item, 'FR-004 forbids it')
          : no('FR-004 does not forbid it', item);
      },
    },
  ],
});

const referenceWorks = definePatch({
  id: 'reference-works',
  title: 'Keep reference works in the building',
  change: {
    kind: 'replaceText',
    from: '| Reference works | 28 days     | 2        | yes             |',
    to: '| Reference works | same day    | none     | no              |',
  },
  checks: [
    {
      claim: 'Reference works go back on the same day and cannot be reserved',
      judge: (document) => {
        const found = loanPeriod(document, 'Reference works');
        if (!found) return no('no table says for how long reference works are lent');
        const said = ['Loan period', 'Renewals', 'Can be reserved'].map(found.cell);
        return said.join() === 'same day,none,no'
          ? yes(found.row, said.join(', '))
          : no(`the table says ${said.join(', ')}`, found.row);
      },
    },
  ],
});

// --- Sections ---------------------------------------------------------------------------------------------------------

const noFees = definePatch({
  id: 'no-fees',
  title: 'Block late borrowers instead of charging them',
  why: 'The council has ended late fees; there is no card on file any more.',
  change: {
    kind: 'replaceSection',
    anchors: [section('Requirements', 'Late Fees')],
    before: `### Late Fees

A late copy costs 20 cents a day. The fee starts on the day after the due date and ends when the copy is returned.

- The fee is charged to the card on file each night.
- A member who owes anything at all cannot borrow.
`,
    template: `### Late Copies

Nothing is charged for a late copy. A member who holds one cannot borrow until it is returned.

- A reminder goes out three days before the due date, on it, and each week after it.
- After eight weeks the copy is declared lost, and the member is asked for its price.
`,
  },
  checks: [
    {
      claim: 'No fee is charged for a late copy',
      judge: ({ tree, sections }) => {
        const fee = tree.children.find((block) => /\b(cents|fee)\b[^.]*\b(a day|charged)\b/.test(words(block)));
        if (fee) return no('a fee is charged', fee);
        const found = sections.find(({ blocks }) => blocks.some((block) => words(block).startsWith('Nothing is charged')));
        return found ? yes(found.heading, 'nothing is charged') : no('nothing says what becomes of a late copy');
      },
    },
  ],
});

const readingHistory = definePatch({
  id: 'reading-history',
  title: 'Remove the reading history',
  why: 'What somebody reads is nobody else’s business, and no user story needs it.',
  change: {
    kind: 'removeSection',
    anchors: [section('Requirements', 'Reading History')],
    before: '### Reading History\n\nEvery loan of a member is kept for ever, and staff can search it by title.\n',
  },
  checks: [
    {
      claim: 'No loan is kept for ever',
      judge: ({ tree }) => {
        const kept = tree.children.find((block) => /\bkept for ever\b/.test(words(block)));
        return kept ? no('loans are kept for ever', kept) : { holds: true, evidence: ['nothing is kept for ever'] };
      },
    },
  ],
});

const privacy = definePatch({
  id: 'privacy',
  title: 'Say when a loan is forgotten',
  change: {
    kind: 'insertAfter',
    anchors: [section('States of a Copy')],
    template: `## Privacy

The link between a member and a copy is deleted 14 days after the copy is returned. What stays is counted by title and
month, without members.
`,
  },
  checks: [
    {
      claim: 'The link between member and copy is deleted after the return',
      judge: ({ tree }) => {
        const found = tree.children.find((block) =>
          /\bmember\b[^.]*\bdeleted \d+ days after\b[^.]*\breturned\b/.test(words(block).replace(/\s+/g, ' ')),
        );
        return found ? yes(found, words(found).split('.')[0]) : no('nothing says when it is deleted');
      },
    },
  ],
});

// --- The API ----------------------------------------------------------------------------------------------------------

const isLoanRequest = (code) => {
  const value = json(code);
  return value !== undefined && 'copy' in value && 'member' in value && !('loan' in value);
};

const loanRequest = definePatch({
  id: 'loan-request',
  title: 'Let the service compute the due date',
  why: 'By FR-002 the due date follows from the category; a client that sends one could choose it.',
  change: {
    kind: 'replaceCode',
    anchors: [codeIn('API', 'Start a Loan')],
    subject: { shows: 'the request that starts a loan', test: isLoanRequest },
    before: { shows: 'a due date', test: (code) => isLoanRequest(code) && 'dueOn' in json(code) },
    template: `\`\`\`json
{
  "copy": "c-48213",
  "member": "m-1007"
}
\`\`\`
`,
  },
  checks: [
    {
      claim: 'The request that starts a loan has no due date',
      covers: ['FR-002'],
      judge: (document) => {
        const requests = codeBlocks(document).filter(({ value }) => isLoanRequest(value));
        const dated = requests.find(({ value }) => 'dueOn' in json(value));
        if (dated) return no('the request has a due date', dated);
        return requests[0] ? yes(requests[0], Object.keys(json(requests[0].value)).join(', ')) : no('there is no request');
      },
    },
  ],
});

const renewLoan = definePatch({
  id: 'renew-loan',
  title: 'Add renewals to the API',
  why: 'User story 2 has no request.',
  change: {
    kind: 'append',
    anchors: [section('API')],
    template: `### Renew a Loan

\`POST /loans/{loan}/renewals\` moves the due date by one loan period:

\`\`\`json
{
  "loan": "l-90551",
  "dueOn": "2026-04-08",
  "renewals": 1
}
\`\`\`

It answers \`409\` with the code \`reserved\` when somebody waits for the title, and \`renewal-limit\` when the category allows
no more.
`,
  },
  checks: [
    {
      claim: 'A loan can be renewed by request, and a refusal says why',
      judge: ({ sections }) => {
        const found = sections.find(
          ({ blocks }) => blocks[0] && /^POST .*renewals/.test(words(blocks.find(({ type }) => type === 'paragraph') ?? {})),
        );
        if (!found) return no('no section begins with POST …/renewals');
        const said = found.blocks.map(words).join(' ');
        const missing = ['409', 'reserved', 'renewal-limit'].filter((word) => !said.includes(word));
        return missing.length > 0 ? no(`no ${missing.join(', ')}`, found.heading) : yes(found.heading, 'request and refusals');
      },
    },
  ],
});

export default definePatchSet({
  target: 'specs/012-lending/spec.md',
  patches: [renewalLimit, referenceWorks, noFees, readingHistory, holdShelf, privacy, loanRequest, renewLoan],
});
