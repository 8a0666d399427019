import type { Output } from '../io.js';

/** What tells a person at a terminal that a long run goes on. */
export interface Progress {
  readonly show: (done: number) => void;
  /** Takes away what it shows, if anything. */
  readonly clear: () => void;
}

/** Milliseconds that a run takes before it is told how far it is. */
const PATIENCE = 1000;

/** Counts files on one line of a terminal, once a run has taken more than a second. */
export function progressOn(
  { isTerminal, write }: Output,
  total: number,
  isQuiet: boolean,
  now = (): number => performance.now(),
): Progress {
  const isTold = isTerminal && !isQuiet && total > 1;
  // The clock takes time to be loaded.
  const from = isTold ? now() : 0;
  let isShown = false;
  return {
    show: (done) => {
      if (!isTold || done === total || now() - from < PATIENCE) return;
      write(`${isShown ? '\r' : ''}${done} of ${total} files`);
      isShown = true;
    },
    clear: () => {
      if (isShown) write('\r\u001b[K');
      isShown = false;
    },
  };
}
