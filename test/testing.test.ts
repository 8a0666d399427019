import { describe, expect, it } from 'vitest';
import { codeIn, lines, section } from '../src/anchor.js';
import { definePatch, definePatchSet, type PatchDefinition, PatchError } from '../src/define.js';
import type { Document } from '../src/document.js';
import { assertPatches, type LawName, type TestReport, testPatches } from '../src/testing.js';

const drawing = '```\nShop ──pays──→ Bank\nBank ──sends goods──→ Shop\n```';
const billing = `# Billing

## Payments

Every order is charged in **dollars**.

- cards
- invoices

## Flow

${drawing}

## Invoices

Monthly, to the address of the order.

### Late Ones

A reminder goes out after 14 days.
`;

const says = (claim: string, holds: (document: Document) => boolean) => ({
  claim,
  judge: (document: Document) => ({ holds: holds(document), evidence: ['somewhere'] }),
});
const named = (name: string) =>
  says(`The section “${name}” is there`, ({ sections }) => sections.some((one) => one.name === name));
const patch = (id: string, change: PatchDefinition['change'], ...checks: PatchDefinition['checks'] & {}) =>
  definePatch({ id: id as 'x', title: id, change, checks });
const tried = (...patches: [PatchDefinition, ...PatchDefinition[]]): TestReport =>
  testPatches(definePatchSet({ target: 'specs/007-billing/spec.md', patches }), billing, { runs: 150 });

const refunds = {
  kind: 'append',
  anchors: [section('Payments')],
  template: '### Refunds\n\nA payment can be refunded for 30 days.',
} as const;
const currency = { kind: 'replaceText', from: 'charged in **dollars**', to: 'charged in euros' } as const;
const flow = {
  kind: 'replaceCode',
  anchors: [codeIn('Flow'), lines(12, 15)],
  template: '```\nShop ──sends goods──→ Customer\nBank ──pays──→ Shop\n```',
  subject: { shows: 'who pays', test: (code: string) => code.includes('pays') },
  before: { shows: 'a bank that sends goods', test: (code: string) => code.includes('Bank ──sends goods') },
} as const;
const late = {
  kind: 'replaceSection',
  anchors: [section('Late Ones')],
  before: '### Late Ones\n\nA reminder goes out after 14 days.',
  template: '### Late Ones\n\nA reminder goes out after 30 days.',
} as const;

describe('patches that are right', () => {
  it.each([
    ['append', refunds],
    ['replaceText', currency],
    ['replaceCode', flow],
    ['replaceSection', late],
    ['insertAfter', { kind: 'insertAfter', anchors: [section('Payments')], template: '## Refunds\n\nFor 30 days.' }],
    ['insertAfter, less deep', { kind: 'insertAfter', anchors: [section('Late Ones')], template: '## End\n\nOf it.' }],
    ['removeSection', { kind: 'removeSection', anchors: [section('Late Ones')], before: late.before }],
    [
      'replaceText, emphasised',
      { kind: 'replaceText', from: 'is charged in **dollars**.', to: 'is charged in euros.' },
    ],
    ['replaceText, taking out', { kind: 'replaceText', from: 'Monthly, to the address of the order.', to: '' }],
    ['replaceText between', { kind: 'replaceText', from: '- cards\n- invoices', to: '- cards\n- cash\n- invoices' }],
  ] as [string, PatchDefinition['change']][])('pass: %s', (_, change) => {
    expect(tried(patch('x', change)).text).toContain('All laws hold\n');
  });

  it('pass together, and the report says what was tried', () => {
    const set = definePatchSet({
      target: 'specs/007-billing/spec.md',
      patches: [patch('refunds', refunds, named('Refunds')), patch('currency', currency), patch('flow', flow)],
    });
    const report = assertPatches(set, `\uFEFF${billing.replaceAll('\n', '\r\n')}`);
    expect([report.passed, report.failures]).toEqual([true, []]);
    expect(report.text).toMatch(
      /^The patches for specs\/007-billing\/spec\.md\n\n✓ Every patch applies to the fixture: 3 patches, alone and together\n✓ Nothing changes but what the patches declare: 3 edits\n✓ Every claim is false before and true after: 1 claim\n✓ A second run changes nothing: 4 runs\n✓ Every order ends in the same text: 6 orders, 6 choices\n✓ Line ends and a BOM stay as they are: 5 forms\n✓ The same text has the same answers: \d+ answers\n✓ What people edit is left alone: \d edits\n✓ A document that has drifted gets the same edit, or none: 200 documents, \d{3} edits, \d{2,3} refusals\n\nAll laws hold\n$/,
    );
    const [, edits, refusals] = /(\d+) edits, (\d+) refusals/.exec(report.text) ?? [];
    expect(Number(edits)).toBeGreaterThan(Number(refusals));
    expect(Number(edits) + Number(refusals)).toBe(600);
  });

  it('have their place in what another brings', () => {
    const behind = patch('exceptions', {
      kind: 'insertAfter',
      anchors: [section('Refunds')],
      template: '### Exceptions\n\nNone.',
    });
    expect(tried(patch('refunds', refunds), behind).text).toContain('All laws hold\n');
  });
});

describe('patches that are wrong', () => {
  let calls = 0;
  const global = /goods/g;
  const any = { shows: 'anything', test: () => true };
  const isReworded = (text: string) => text.includes('\n\nEvery order is charged in euros.\n');
  const wrong: [name: string, patches: [PatchDefinition, ...PatchDefinition[]], laws: LawName[], said: RegExp][] = [
    [
      'an anchor that is not there',
      [patch('x', { ...refunds, anchors: [section('Payment Terms')] })],
      ['applies'],
      /^ {4}`x`: Cannot place `x`: there is no heading “Payment Terms”; did you mean “Payments” \(line 3\)/m,
    ],
    [
      'a text that is there twice',
      [patch('x', { kind: 'replaceText', from: 'order', to: 'purchase' })],
      ['applies'],
      /Cannot place `x`: the text it names stands 2 times, on line 5 and line 19/,
    ],
    [
      'nothing to do',
      [patch('x', { ...refunds, template: '### Late Ones\n\nA reminder goes out after 14 days.' })],
      ['applies'],
      /`x`: Expected it to have something to do in the fixture, where it is `applied` before the first run/,
    ],
    [
      'a section that is there in other words',
      [patch('x', { ...refunds, template: '### Late Ones\n\nNever.' }, named('Late Ones'))],
      ['applies'],
      /where it is `drifted` before the first run/,
    ],
    [
      'a template that leaves a block open',
      [patch('x', { ...refunds, template: '### Refunds\n\n<!-- for 30 days' })],
      ['applies'],
      /Cannot apply `x`/,
    ],
    [
      'two that change the same text',
      [patch('x', currency), patch('y', { ...currency, to: 'charged in pounds' })],
      ['applies'],
      /Cannot place `x`: it and `y` both change line 5/,
    ],
    [
      'one that makes the anchor of another ambiguous',
      [
        patch('x', { kind: 'insertAfter', anchors: [section('Invoices')], template: '## More\n\n### Flow\n\nNone.' }),
        patch('y', { ...refunds, anchors: [section('Flow')] }),
      ],
      ['orders'],
      /One run each in the order `x` and `y` is refused: Cannot place `y`/,
    ],
    [
      'one whose text another changes',
      [patch('x', currency), patch('y', { kind: 'replaceText', from: 'charged in euros', to: 'charged in pounds' })],
      ['applies'],
      /Cannot place `y`/,
    ],
    [
      'a claim that holds without the patch',
      [patch('x', refunds, named('Payments'))],
      ['claims'],
      /`x`: Expected “The section “Payments” is there” to be false before: it holds without the patch/,
    ],
    [
      'a claim that never holds',
      [patch('x', refunds, named('Refund'))],
      ['applies'],
      /Cannot verify `x` on the finished text: a claim fails/,
    ],
    [
      'a claim without evidence',
      [patch('x', refunds, { claim: 'It is', judge: ({ text }) => ({ holds: /Refunds/.test(text), evidence: [] }) })],
      ['claims'],
      /Expected evidence of “It is”/,
    ],
    [
      'a claim about line ends',
      [
        patch(
          'x',
          currency,
          says('Euros', ({ text }) => isReworded(text)),
        ),
      ],
      ['line ends'],
      /With CRLF line ends it is refused: .*“Euros”/,
    ],
    [
      'a claim about line numbers',
      [
        patch(
          'x',
          refunds,
          says('On line 10', ({ sections }) => sections[2]?.line === 10 && sections[2].depth === 3),
        ),
      ],
      ['drift'],
      /after lines came in before the first heading: It is refused, though nothing that it needs is different/,
    ],
    [
      'a claim about the number of sections',
      [
        patch(
          'x',
          refunds,
          says('Six', ({ sections }) => sections.length === 6),
        ),
      ],
      ['drift'],
      /after a section of depth 1 came in at the end: It is refused/,
    ],
    [
      'a claim that forgets what it said',
      [
        patch('x', refunds, {
          claim: 'It is',
          judge: ({ text }) => {
            calls += 1;
            return { holds: /Refunds/.test(text), evidence: [`call ${calls}`] };
          },
        }),
      ],
      ['same answers'],
      /“It is” answers \{.*call \d+.*\}, then \{.*call \d+.*\} of the same text/,
    ],
    [
      'a test that remembers',
      [patch('x', { ...flow, subject: { shows: 'goods', test: (code) => global.test(code) || global.lastIndex < 0 } })],
      ['same answers'],
      /The test of `subject` answers (?:true, then false|false, then true) of the same text/,
    ],
    [
      'a judge that changes the document',
      [
        patch(
          'x',
          refunds,
          says('It is', (document) => Object.assign(document, { text: '' }).text === ''),
        ),
      ],
      ['applies'],
      /Expected the judge of “It is” of the patch `x` to answer, but it threw: Cannot assign to read only property/,
    ],
    [
      'a block that is replaced whatever it shows',
      [patch('x', { ...flow, subject: any, before: any })],
      ['hand edits', 'drift'],
      /after the block that it replaces came to show something else: It replaces another text on line 13, under “Flow”/,
    ],
    [
      'a block that is replaced whatever somebody has made of it',
      [patch('x', { ...flow, before: any })],
      ['hand edits', 'drift'],
      /An edit on line \d+ of what it brought is not left alone/,
    ],
    [
      'a heading that is not there',
      [patch('x', { ...currency, under: 'Nonsense' })],
      ['applies'],
      /Cannot place `x`: .*“Nonsense”/,
    ],
    [
      'a line that comes in again when somebody edits it',
      [patch('x', { kind: 'replaceText', from: '- invoices', to: '- invoices\n- cash' })],
      ['hand edits'],
      /An edit on line \d+ of what it brought is not left alone\n {6}@@/,
    ],
    [
      'words that are there anyway',
      [patch('x', { kind: 'replaceText', from: 'A reminder goes out after', to: 'order' })],
      ['applies'],
      /Cannot place `x`/,
    ],
  ];

  it.each(wrong)('fail: %s', (_, patches, laws, said) => {
    const { passed, failures, text } = tried(...patches);
    expect(passed).toBe(false);
    expect([...new Set(failures.map(({ law }) => law))]).toEqual(laws);
    expect(text).toMatch(said);
  });

  it('fail a test with the report', () => {
    const set = definePatchSet({ target: 'a.md', patches: [patch('x', currency)] });
    expect(() => assertPatches(set, '# Other\n')).toThrow(PatchError);
    expect(() => assertPatches(set, '# Other\n')).toThrow(
      'The patches for a.md\n\n✗ Every patch applies to the fixture\n    `x`: Cannot place `x`: neither the text it quotes',
    );
  });
});

describe('the drift of documents', () => {
  it('is the same for the same seed', () => {
    const any = { shows: 'x', test: () => true };
    const set = definePatchSet({ target: 'a.md', patches: [patch('x', { ...flow, subject: any, before: any })] });
    const first = testPatches(set, billing, { seed: 3 }).failures;
    expect(first.length).toBeGreaterThan(1);
    expect(testPatches(set, billing, { seed: 3 }).failures).toEqual(first);
  });
});
