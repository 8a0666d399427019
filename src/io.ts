/** A stream to write to. */
export interface Output {
  readonly isTerminal: boolean;
  /** Width of the terminal. */
  readonly columns?: number | undefined;
  readonly write: (data: string | Uint8Array) => void;
}

/** What the command line has of the outside world. */
export interface Io {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Standard input up to its end, or until more bytes than `limit` have come. */
  readonly stdin: (limit: number) => Promise<Buffer>;
  /** Shows a question and waits for a line of standard input; undefined at its end. */
  readonly ask: (question: string) => Promise<string | undefined>;
  readonly stdout: Output;
  readonly stderr: Output;
}

/** Whether an output is coloured: a flag decides, else NO_COLOR, else FORCE_COLOR, else whether it is a terminal. */
export function isColoured(flag: boolean | undefined, output: Output, env: Io['env']): boolean {
  if (flag !== undefined) return flag;
  if (env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force !== undefined && force !== '') return force !== '0' && force !== 'false';
  return output.isTerminal && env['TERM'] !== 'dumb';
}
