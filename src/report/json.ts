import type { FileResult, PatchResult, Result } from '../result.js';
import { inertJson } from './terminal.js';

/** The run as one JSON document, `schemaVersion` 1: no times, no absolute paths. */
export function jsonReport({ mode, exitCode, files, error }: Result, version: string): string {
  const report = {
    schemaVersion: 1,
    tool: { name: 'fix-auth-spec', version },
    mode,
    exitCode,
    files: files.map(fileReport),
    ...(error !== undefined && { error }),
  };
  return `${inertJson(report)}\n`;
}

function fileReport({ path, changed, written, patches, checks, declined, messages, diff }: FileResult): object {
  return {
    path,
    changed,
    written,
    patches: patches.map(patchReport),
    checks,
    // Only where somebody was asked.
    ...(declined.length > 0 && { declined }),
    messages,
    diff,
  };
}

function patchReport({ id, title, state, start, end, message, candidates, located, origin }: PatchResult): object {
  return {
    id,
    title,
    state,
    ...(start && end && { start, end }),
    message,
    ...(located !== undefined && { located }),
    ...(origin && { origin }),
    candidates,
  };
}
