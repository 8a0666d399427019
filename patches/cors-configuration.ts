import type { RootContent } from 'mdast';
import { lines, section } from '../src/anchor.js';
import type { PatchDefinition } from '../src/define.js';
import type { Document } from '../src/document.js';
import { codeBlocks, isPython } from '../src/evidence/blocks.js';
import { readCalls } from '../src/evidence/python.js';
import type { Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const corsConfiguration: PatchDefinition = {
  id: 'cors-configuration',
  title: 'Add the Backend CORS Configuration section',
  why: 'Without `allow_credentials=True` browsers block the cookies that carry the session.',
  change: {
    kind: 'append',
    anchors: [section('Prerequisites'), lines(50)],
    template: template('cors-configuration.md').text,
  },
  checks: [
    {
      claim: 'CORS configuration section included with `allow_credentials=True`',
      covers: [],
      judge: judgeCors,
    },
  ],
};

// Code on CORS may stand anywhere; one place in a section of its own must say it, and none may say otherwise.
function judgeCors(document: Document): Verdict {
  const sections = document.sections.filter(({ name }) => /\bcors|\bcross-origin\b/i.test(name));
  if (sections.length === 0) return { holds: false, evidence: ['no section on CORS'] };
  const settings = settingsIn(document);
  const inSections = sections.flatMap(({ blocks }) => settingsIn(document, blocks));
  if (inSections.length === 0)
    return { holds: false, evidence: ['no code that configures `CORSMiddleware` in a section on CORS'] };
  const wrong = settings.filter(({ value }) => value !== 'True');
  return {
    holds: wrong.length === 0,
    evidence: (wrong.length > 0 ? wrong : inSections).map(
      ({ line, value }) => `line ${line}: \`allow_credentials\` is ${value ?? 'not set'}`,
    ),
  };
}

function settingsIn(
  document: Document,
  blocks?: readonly RootContent[],
): { line: number; value: string | undefined }[] {
  return codeBlocks(document, blocks)
    .filter(isPython)
    .flatMap(({ code, line }) =>
      readCalls(code)
        .filter(({ callee, arguments: given }) =>
          [callee, ...given].some((name) => /(?:^|\.)CORSMiddleware$/.test(name)),
        )
        .map((call) => ({ line: line + call.line, value: credentialsIn(call.arguments) })),
    );
}

function credentialsIn(given: readonly string[]): string | undefined {
  return given
    .map((argument) => /^allow_credentials\s{0,8}=\s{0,8}(\w{1,32})$/.exec(argument)?.[1])
    .find((value) => value !== undefined);
}
