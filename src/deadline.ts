import { type Context, createContext, Script } from 'node:vm';
import { isMainThread } from 'node:worker_threads';

/** Milliseconds that all work on a text may take. */
export function deadlineFor(text: string): number {
  return 10_000 + 2000 * Math.ceil(text.length / 2 ** 20);
}

/** A task took longer than it may. */
export class DeadlineError extends Error {}

/** The user pressed Ctrl-C during a task. */
export class InterruptedError extends Error {}

// V8 can end running code at any point only where a script was given a time limit; the script itself is this constant.
const script = new Script('task()');
let context: Context | undefined;

/**
 * Runs a synchronous task and ends it when the time is over or Ctrl-C is pressed, wherever it is then: in a loop, in the
 * parser, in a regular expression. No `finally` runs then, so the task must hold nothing that has to be given back.
 *
 * @throws DeadlineError
 * @throws InterruptedError
 */
export function within<T>(milliseconds: number, task: () => T): T {
  context ??= createContext({});
  const outer: unknown = context['task'];
  context['task'] = task;
  try {
    return script.runInContext(context, { timeout: milliseconds, breakOnSigint: isMainThread }) as T;
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
    if (code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw new DeadlineError(`not done after ${milliseconds / 1000} s`);
    if (code === 'ERR_SCRIPT_EXECUTION_INTERRUPTED') throw new InterruptedError('interrupted');
    throw error;
  } finally {
    context['task'] = outer;
  }
}
