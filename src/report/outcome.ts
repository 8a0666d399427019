import { EXIT, type FileResult, type Result } from '../result.js';
import { list, plural } from '../words.js';

/** What came of a run, in one sentence. */
export interface Outcome {
  readonly kind: 'refused' | 'written' | 'pending' | 'done' | 'error';
  readonly text: string;
}

/** What came of a run; several things where it had several files. */
export function outcomeOf({ mode, files, exitCode, error }: Result): Outcome[] {
  if (error !== undefined) return [{ kind: 'error', text: error }];
  if (files.length === 0) return [];
  const refused = files.filter(isKept).length;
  const changed = files.filter((file) => file.changed);
  const changes = changed.flatMap(({ patches }) => patches.filter(({ isEdited }) => isEdited)).length;
  const outcomes: Outcome[] = [];
  if (refused > 0) {
    const text = `${plural(refused, 'file')} refused and left as ${refused === 1 ? 'it was' : 'they were'}.`;
    outcomes.push({ kind: 'refused', text });
  }
  if (mode === 'write' && changed.length > 0) {
    const names = changed.length > 10 ? plural(changed.length, 'file') : list(changed.map(({ path }) => path));
    outcomes.push({ kind: 'written', text: `Wrote ${plural(changes, 'change')} to ${names}.` });
  } else if (changes > 0)
    outcomes.push({ kind: 'pending', text: `${plural(changes, 'change')} pending, nothing written.` });
  else if (exitCode === EXIT.done) outcomes.push({ kind: 'done', text: 'Nothing to do.' });
  return outcomes;
}

/** Whether a file was refused, or could not be used, and is as it was. */
export function isKept({ exitCode, written }: FileResult): boolean {
  return !written && (exitCode === EXIT.refused || exitCode === EXIT.unusable);
}
