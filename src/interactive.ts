import type { Choose } from './batch.js';
import { unifiedDiff } from './diff.js';
import type { Io } from './io.js';
import { inertLine, type Paint } from './report/terminal.js';
import { paintDiff } from './report/text.js';
import { type FileResult, type PatchResult, patchesByEdit } from './result.js';

/**
 * Asks for each patch that would change something, file by file, in the order of the document; the end of the answers is `q`.
 *
 * @param context unchanged lines shown around a change
 */
export function chooseByAsking({ ask, stderr }: Pick<Io, 'ask' | 'stderr'>, paint: Paint, context: number): Choose {
  return async (files) => {
    const declined = files.map(() => new Set<string>());
    const questions = files.map((file) => [...patchesByEdit(file).values()]);
    let hasQuit = false;
    for (const [index, file] of files.entries()) {
      let isAll = false;
      const asked = questions[index] ?? [];
      if (asked.length > 0 && !hasQuit) stderr.write(`${paint.bold(inertLine(file.path))}\n`);
      for (const [at, question] of asked.entries()) {
        let answer: Answer = hasQuit ? 'n' : isAll ? 'y' : await askFor(question, `(${at + 1}/${asked.length})`, file);
        if (answer === 'a') isAll = true;
        if (answer === 'q') hasQuit = true;
        answer = answer === 'a' ? 'y' : answer === 'q' ? 'n' : answer;
        if (answer === 'n') for (const { id } of question) declined[index]?.add(id);
      }
    }
    return declined;
  };

  async function askFor(question: readonly PatchResult[], count: string, file: FileResult): Promise<Answer> {
    const ids = question.map(({ id }) => id);
    const edits = file.edits.filter(({ patch }) => ids.includes(patch));
    const diff = unifiedDiff(file.path, file.before ?? '', edits, context);
    // The names of the file stand above all its questions.
    stderr.write(`\n${paintDiff(diff.replace(/^---.*\n\+\+\+.*\n/, ''), paint)}`);
    const what = question.map(({ id, title }) => `${paint.bold(inertLine(id))}: ${inertLine(title)}`).join('\n');
    const prompt = `${what}\n${paint.blue(`${count} Apply this? [y,n,a,q,?]`)} `;
    for (;;) {
      const line = await ask(prompt);
      if (line === undefined) return 'q';
      const answer = ANSWERS.get(line.trim().toLowerCase());
      if (answer) return answer;
      stderr.write(HELP);
    }
  }
}

type Answer = 'y' | 'n' | 'a' | 'q';

const ANSWERS: ReadonlyMap<string, Answer> = new Map([
  ['y', 'y'],
  ['yes', 'y'],
  ['n', 'n'],
  ['no', 'n'],
  ['a', 'a'],
  ['all', 'a'],
  ['q', 'q'],
  ['quit', 'q'],
]);

const HELP = `y - apply this
n - leave it out
a - apply this and all that follow in this file
q - leave this and all that follow out, in every file
? - show this help
Nothing is written before the last answer; Ctrl-C leaves everything as it was.
`;
