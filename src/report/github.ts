import { posix } from 'node:path';
import type { Point } from '../document.js';
import type { About, FileResult, Mode, PatchResult, Result } from '../result.js';
import { inertLine } from './terminal.js';

/**
 * Workflow commands that put each finding on its line of the pull request, errors first, as GitHub shows only the first ten of a
 * step.
 *
 * @see https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubReport({ mode, files, error }: Result, { prefix }: About): string {
  const annotations = files.flatMap((file) => annotationsOf(file, mode, prefix));
  if (error !== undefined) annotations.push({ level: 'error', title: 'fix-auth-spec', text: error });
  return LEVELS.flatMap((level) => annotations.filter((one) => one.level === level))
    .map(commandOf)
    .join('');
}

type Level = 'error' | 'warning' | 'notice';

const LEVELS: readonly Level[] = ['error', 'warning', 'notice'];

interface Annotation {
  readonly level: Level;
  readonly file?: string;
  /** 1-based, inclusive. */
  readonly line?: number;
  readonly endLine?: number;
  readonly title: string;
  readonly text: string;
}

function annotationsOf(
  { path, patches, messages, changed, written, before = '' }: FileResult,
  mode: Mode,
  prefix: string,
): Annotation[] {
  const file = posix.join(prefix, path);
  const findings = messages.map(({ level, line, patch, text }): Annotation => {
    const known = patches.find(({ id }) => id === patch);
    const place = line === undefined ? (known?.start?.line ?? known?.candidates[0]?.line) : line;
    return {
      level: level === 'error' ? 'error' : 'notice',
      file,
      ...(place !== undefined && { line: place }),
      title: titleOf(known),
      text,
    };
  });
  const changes = changed ? patches.filter(({ isEdited }) => isEdited) : [];
  return [
    ...findings,
    ...changes.map((patch): Annotation => {
      const { start, end, message } = patch;
      return {
        level: mode === 'check' ? 'error' : 'notice',
        file,
        ...(start && { line: start.line }),
        ...(start && end && lastLine(before, start, end)),
        title: titleOf(patch),
        text: `${patch.title}: ${message}${written ? ' (written)' : mode === 'check' ? '; run fix-auth-spec --write' : ''}`,
      };
    }),
  ];
}

// The line ends behind what is meant belong to it, but not the lines that they begin.
function lastLine(text: string, start: Point, end: Point): { endLine?: number } {
  const lines = text.slice(start.offset, end.offset).trimEnd().split('\n').length;
  return lines > 1 ? { endLine: start.line + lines - 1 } : {};
}

function titleOf(patch: PatchResult | undefined): string {
  return patch ? `${patch.id} is ${patch.state}` : 'fix-auth-spec';
}

function commandOf({ level, text, ...place }: Annotation): string {
  const { file, line, endLine, title } = place;
  const properties = Object.entries({ file, line, endLine, title })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${escaped(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`);
  return `::${level} ${properties.join(',')}::${escaped(text)}\n`;
}

function escaped(text: string): string {
  return inertLine(text).replaceAll('%', '%25');
}
