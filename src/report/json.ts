import { type Document, pointAt, type Span, spanOf } from '../document.js';
import type { Entry } from '../plan.js';
import type { FileResult, Result } from '../result.js';
import { messagesOf, sentenceOf } from './message.js';

/** The run as one JSON document, `schemaVersion` 1: no times, no absolute paths. */
export function jsonReport(result: Result, version: string): string {
  const { mode, exitCode, files, error } = result;
  const report = {
    schemaVersion: 1,
    tool: { name: 'fix-auth-spec', version },
    mode,
    exitCode,
    files: files.map(fileReport),
    ...(error !== undefined && { error }),
  };
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function fileReport(file: FileResult): object {
  const { path, changed, written, plan, checks, diff } = file;
  return {
    path,
    changed,
    written,
    patches: plan?.entries.map((entry) => patchReport(plan.document, entry)) ?? [],
    checks: checks.map(({ patch, check, holds, evidence }) => ({
      patch: patch.id,
      claim: check.claim,
      holds,
      evidence,
      covers: check.covers,
    })),
    messages: messagesOf(file),
    diff,
  };
}

function patchReport(document: Document, entry: Entry): object {
  const { patch, status } = entry;
  const span = spanAt(entry);
  return {
    id: patch.id,
    title: patch.title,
    state: status.state,
    ...(span && { start: pointAt(document.text, span.start), end: pointAt(document.text, span.end) }),
    message: sentenceOf(document, entry),
    candidates: candidatesOf(document, entry),
  };
}

function spanAt({ status }: Entry): Span | undefined {
  switch (status.state) {
    case 'pending':
      return 'node' in status.place ? spanOf(status.place.node) : status.edit.span;
    case 'applied':
    case 'drifted':
      return status.span;
    case 'conflict':
      return status.edit.span;
    case 'missing':
    case 'ambiguous':
      return undefined;
  }
}

// Where the patch could belong: every place of an ambiguous one, the nearest headings of a missing one.
function candidatesOf(document: Document, { status, attempts }: Entry): object[] {
  if (status.state === 'ambiguous') {
    return status.candidates.slice(0, 100).map(({ start }) => {
      const section = document.sections.findLast(({ span }) => span.start <= start);
      return { ...pointAt(document.text, start), path: section?.path ?? [] };
    });
  }
  if (status.state !== 'missing') return [];
  return attempts
    .flatMap(({ location }) => (location.kind === 'absent' ? location.nearest : []))
    .map(({ span, path }) => ({ ...pointAt(document.text, span.start), path }));
}
