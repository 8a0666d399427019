import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { cli, folderWith } from './support.js';

export interface Outcome {
  readonly code: number;
  /** Per change: `change-1 pending`. */
  readonly states: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  readonly messages: readonly string[];
}

/** Carries a fix spec out on some files, as a user would. */
export async function carryOut(files: Record<string, string>, fixSpec: string, ...argv: string[]): Promise<Outcome> {
  const folder = folderWith({ ...files, 'fix.md': fixSpec });
  const { code, out, err } = await cli(folder, ['--from', 'fix.md', '--write', '-r', 'json', ...argv]);
  if (out === '') throw new Error(err);
  const report = JSON.parse(out) as {
    error?: string;
    files: { patches: { id: string; state: string }[]; messages: { text: string }[] }[];
  };
  const states = report.files.flatMap(({ patches }) => patches.map(({ id, state }) => `${id} ${state}`));
  const messages = report.files.flatMap((file) => file.messages.map(({ text }) => text));
  return {
    code,
    states,
    files: Object.fromEntries(Object.keys(files).map((name) => [name, readFileSync(join(folder, name), 'utf8')])),
    messages: report.error === undefined ? messages : [report.error],
  };
}

/** The text of `a.md` after the changes, or why it was refused. */
export async function edited(text: string, changes: string, ...argv: string[]): Promise<string> {
  const { code, files, messages } = await carryOut(
    { 'a.md': text },
    `# Fix\n\n**File**: \`a.md\`\n\n${changes}`,
    ...argv,
  );
  expect(code === 0 || files['a.md'] === text).toBe(true);
  return code === 0 ? (files['a.md'] ?? '') : `[${code}] ${messages.join(' | ')}`;
}

/** A fenced block. */
export const block = (text: string, fence = '```', info = 'markdown') => `${fence}${info}\n${text}\n${fence}`;
/** A change of one quoted text into another; `more` stands before them. */
export const change = (current: string, wanted: string, more = '') =>
  `### Change 1: one\n\n${more}**Current**:\n\n${block(current, '````')}\n\n**Replace with**:\n\n${block(wanted, '````')}\n\n`;
