import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import type {
  Result as Found,
  Location,
  Log,
  Notification,
  PhysicalLocation,
  Region,
  ReportingDescriptor,
} from 'sarif';
import { type Point, pointAt, type Span } from '../document.js';
import { isRefused } from '../plan.js';
import { type About, EXIT, type FileResult, type Message, type PatchResult, type Result } from '../result.js';
import { inertJson } from './terminal.js';

/**
 * What there is to do in SARIF 2.1.0: a result for each patch that is not applied, with the edits that mend it. Files that cannot
 * be used are notifications of the run.
 *
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 */
export function sarifReport(result: Result, { version, prefix }: About): string {
  const { files, exitCode, error } = result;
  const rules = rulesOf(files);
  const log: Log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'fix-auth-spec',
            semanticVersion: version,
            informationUri: 'https://www.npmjs.com/package/fix-auth-spec',
            rules,
          },
        },
        // Whether it did what it was asked to; that something is pending or refused is a result.
        invocations: [
          {
            executionSuccessful: exitCode === EXIT.done || exitCode === EXIT.pending || exitCode === EXIT.refused,
            exitCode,
            toolExecutionNotifications: [
              ...files.flatMap((file) => notificationsOf(file, prefix)),
              ...(error === undefined ? [] : [{ level: 'error' as const, message: { text: error } }]),
            ],
          },
        ],
        columnKind: 'utf16CodeUnits',
        results: files.flatMap((file) => resultsOf(file, prefix, rules)),
      },
    ],
  };
  return `${inertJson(log)}\n`;
}

function rulesOf(files: readonly FileResult[]): ReportingDescriptor[] {
  const patches = new Map(files.flatMap(({ patches: all }) => all.map((patch) => [patch.id, patch] as const)));
  return [...patches.values()].map(({ id, title, why }) => ({
    id,
    shortDescription: { text: title },
    ...(why !== undefined && { fullDescription: { text: why } }),
    help: { text: `fix-auth-spec explain ${id}`, markdown: `\`fix-auth-spec explain ${id}\`` },
  }));
}

// A file without patches could not be used.
function notificationsOf({ path, patches, messages }: FileResult, prefix: string): Notification[] {
  return messages
    .filter(({ level, patch }) => level === 'error' && (patches.length === 0 || patch === undefined))
    .map(({ code, text }) => ({
      level: 'error',
      descriptor: { id: code },
      message: { text },
      locations: [{ physicalLocation: { artifactLocation: artifact(prefix, path) } }],
    }));
}

function resultsOf(file: FileResult, prefix: string, rules: readonly ReportingDescriptor[]): Found[] {
  const { messages, checks, path, before = '', edits, written } = file;
  // Those with fixes in the order of the text: whoever makes them all in turn has the finished one.
  const place = ({ id }: PatchResult): number => edits.findIndex(({ patch }) => patch === id) >>> 0;
  const patches = file.patches.toSorted((a, b) => place(a) - place(b));
  return patches.flatMap((patch): Found[] => {
    const own = messages.filter((message) => message.patch === patch.id);
    const isWrong = own.some(({ level }) => level === 'error');
    // What was written is mended.
    if (!isWrong && (patch.state === 'applied' || (written && patch.isEdited))) return [];
    const [first] = own;
    const changes = edits.filter((edit) => edit.patch === patch.id);
    const claims = checks.filter((check) => check.patch === patch.id).map(({ claim, holds }) => ({ claim, holds }));
    return [
      {
        ruleId: patch.id,
        ruleIndex: rules.findIndex(({ id }) => id === patch.id),
        level:
          isWrong || isRefused(patch) ? 'error' : patch.state === 'drifted' && !patch.isEdited ? 'note' : 'warning',
        message: { text: first?.text ?? `${patch.title}: ${patch.message}` },
        locations: [{ physicalLocation: placeOf(file, patch, first, prefix) }],
        ...(patch.candidates.length > 0 && {
          relatedLocations: patch.candidates.map(
            ({ line, column, path: headings }, id): Location => ({
              id,
              message: { text: headings.join(' › ') || `line ${line}` },
              physicalLocation: {
                artifactLocation: artifact(prefix, path),
                region: pointRegion(before, { line, column }),
              },
            }),
          ),
        }),
        // The same finding in the next run, wherever it has moved to.
        partialFingerprints: { 'fixAuthSpec/v1': fingerprint(posix.join(prefix, path), patch) },
        ...(changes.length > 0 && {
          fixes: [
            {
              description: { text: patch.title },
              artifactChanges: [
                {
                  artifactLocation: artifact(prefix, path),
                  replacements: changes.map(({ span, text }) => ({
                    deletedRegion: regionOf(before, span),
                    insertedContent: { text },
                  })),
                },
              ],
            },
          ],
        }),
        properties: { state: patch.state, claims },
      },
    ];
  });
}

function placeOf(
  { path, patches: _, before }: FileResult,
  { start, end, candidates }: PatchResult,
  message: Message | undefined,
  prefix: string,
): PhysicalLocation {
  const [candidate] = candidates;
  const region: Region | undefined =
    start && end && before !== undefined
      ? regionOf(before, { start: start.offset, end: end.offset })
      : message?.line !== undefined
        ? { startLine: message.line }
        : candidate && pointRegion(before ?? '', candidate);
  return { artifactLocation: artifact(prefix, path), ...(region && { region }) };
}

function regionOf(text: string, { start, end }: Span): Region {
  const from = pointRegion(text, pointAt(text, start));
  const to = pointRegion(text, pointAt(text, end));
  return { ...from, endLine: to.startLine, endColumn: to.startColumn };
}

// A byte order mark is no column to an editor.
function pointRegion(
  text: string,
  { line, column }: Pick<Point, 'line' | 'column'>,
): { startLine: number; startColumn: number } {
  return { startLine: line, startColumn: column - (line === 1 && text.startsWith('\uFEFF') ? 1 : 0) };
}

function artifact(prefix: string, path: string): { uri: string; uriBaseId: string } {
  return { uri: posix.join(prefix, path).split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' };
}

function fingerprint(path: string, { id, state }: PatchResult): string {
  return createHash('sha256')
    .update(JSON.stringify([path, id, state]))
    .digest('hex')
    .slice(0, 32);
}
