import { engineSet, PatchError, type PatchSetDefinition } from './define.js';
import {
  type LawName,
  type LawResult,
  runsFor,
  type Subject,
  type TestFailure,
  tryDrift,
  tryFixture,
} from './testing/laws.js';
import { plural } from './words.js';

export type { LawName, LawResult, TestFailure } from './testing/laws.js';

/** How much is tried. */
export interface TestOptions {
  /** Documents that have drifted from the fixture; by default 200, and fewer where it is longer than 5,000 characters. */
  readonly runs?: number;
  /** Of the documents that are different in several ways at once; the same seed gives the same documents. */
  readonly seed?: number;
}

/** What came of a test. */
export interface TestReport {
  readonly passed: boolean;
  readonly laws: readonly LawResult[];
  /** Those of all laws. */
  readonly failures: readonly TestFailure[];
  /** All of it for people. */
  readonly text: string;
}

/**
 * Tries a set of patches on a document that it was written for:
 * - every patch applies, alone and with the others, and brings what its template says, where its anchors say
 * - every claim is false before and true after
 * - a second run changes nothing, and every order and choice of patches ends in the same text
 * - line ends and a BOM stay as they are
 * - claims and tests answer the same of the same text
 * - what somebody edits in a text that a patch has brought is left alone
 * - in documents whose sections were renamed, moved, copied, hidden, emptied, … each patch makes the same edit, or is refused: never
 *   does it land elsewhere, nor pass for done
 *
 * Nothing is read or written.
 *
 * @param fixture a document, as it is before the patches
 * @throws PatchError when the set is none
 */
export function testPatches(
  set: PatchSetDefinition,
  fixture: string,
  { runs = runsFor(fixture), seed = 1 }: TestOptions = {},
): TestReport {
  const subject: Subject = {
    set: engineSet(set),
    fixture: fixture.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'),
    runs,
    seed,
    known: new Map(),
  };
  const onFixture = tryFixture(subject);
  const isApplied = onFixture[0]?.failures.length === 0;
  const laws = isApplied ? [...onFixture, tryDrift(subject)] : onFixture;
  const failures = laws.flatMap((law) => law.failures);
  return { passed: failures.length === 0, laws, failures, text: reportOf(set, laws) };
}

/**
 * The same for a test: fails with the report.
 *
 * @throws PatchError when the set is none, or a law does not hold of it
 */
export function assertPatches(set: PatchSetDefinition, fixture: string, options: TestOptions = {}): TestReport {
  const report = testPatches(set, fixture, options);
  if (!report.passed) throw new PatchError(report.text);
  return report;
}

const TITLES: Readonly<Record<LawName, string>> = {
  applies: 'Every patch applies to the fixture',
  declared: 'Nothing changes but what the patches declare',
  claims: 'Every claim is false before and true after',
  'second run': 'A second run changes nothing',
  orders: 'Every order ends in the same text',
  'line ends': 'Line ends and a BOM stay as they are',
  'same answers': 'The same text has the same answers',
  'hand edits': 'What people edit is left alone',
  drift: 'A document that has drifted gets the same edit, or none',
};

/** Failures of one law that are told in full. */
const TOLD = 20;

function reportOf({ target }: PatchSetDefinition, laws: readonly LawResult[]): string {
  const failed = laws.flatMap(({ failures }) => failures).length;
  const parts = laws.map(({ law, tried, failures }) => {
    const told = failures.slice(0, TOLD).map(failureText);
    const rest = failures.length - told.length;
    return [
      failures.length === 0 ? `✓ ${TITLES[law]}: ${tried}` : `✗ ${TITLES[law]}`,
      ...told,
      ...(rest > 0 ? [`    … and ${rest} more`] : []),
    ].join('\n');
  });
  const end = failed === 0 ? 'All laws hold' : `${plural(failed, 'failure')}`;
  return `The patches for ${target}\n\n${parts.join('\n')}\n\n${end}\n`;
}

function failureText({ patch, drift, text, diff }: TestFailure): string {
  const head = `${patch === undefined ? '' : `\`${patch}\`: `}${drift === undefined ? '' : `after ${drift}: `}${text}`;
  const lines = (diff ?? '').trimEnd().split('\n').slice(2);
  const shown = lines.length > 14 ? [...lines.slice(0, 13), `… ${lines.length - 13} more lines`] : lines;
  return [`    ${head}`, ...shown.map((line) => `      ${line}`)].join('\n').trimEnd();
}
