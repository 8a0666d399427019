import { lines, section } from '../src/anchor.js';
import type { PatchDefinition } from '../src/define.js';
import type { Document } from '../src/document.js';
import { codeBlocks, isPython } from '../src/evidence/blocks.js';
import { blank, type Call, readCalls } from '../src/evidence/python.js';
import type { Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const jwtVerification: PatchDefinition = {
  id: 'jwt-verification',
  title: 'Add the Backend JWT Verification section',
  why: 'The backend has to verify the tokens of Better Auth and never creates one; nothing shows how.',
  change: {
    kind: 'insertAfter',
    // Behind the schema, or where the schema would go: so every order of the patches ends in the same text.
    anchors: [section('Database Schema'), section('Better Auth Installation'), section('Prerequisites'), lines(67)],
    template: template('jwt-verification.md').text,
  },
  checks: [
    {
      claim: 'Backend JWT verification code example included',
      covers: ['FR-002', 'SC-005'],
      judge: judgeVerification,
    },
  ],
};

function judgeVerification(document: Document): Verdict {
  const calls = codeBlocks(document)
    .filter(isPython)
    .flatMap((block) => decodings(block.code).map((call) => ({ ...call, line: block.line + call.line })));
  const unverified = calls.filter(({ verifies }) => !verifies);
  if (unverified.length > 0) {
    return {
      holds: false,
      evidence: unverified.map(({ callee, line }) => `line ${line}: \`${callee}\` does not verify the signature`),
    };
  }
  if (calls.length === 0) return { holds: false, evidence: ['no Python code that decodes a JWT with a key'] };
  return {
    holds: true,
    evidence: calls.map((call) => `line ${call.line}: \`${call.callee}(${call.arguments.join(', ')})\``),
  };
}

interface Decoding extends Call {
  readonly verifies: boolean;
}

// PyJWT, python-jose and Authlib all verify in `decode(token, key, …)`, under whatever name they were imported.
function decodings(code: string): Decoding[] {
  const plain = blank(code, false);
  const modules = new Set([
    'jwt',
    ...aliases(plain, /\b(?:import|from jose import|from authlib\.jose import)\s{1,4}jwt\s{1,4}as\s{1,4}(\w{1,64})/g),
  ]);
  const functions = new Set([
    ...(/\bfrom\s{1,4}(?:jwt|jose\.jwt)\s{1,4}import\b[^\n]{0,200}\bdecode\b/.test(plain) ? ['decode'] : []),
    ...aliases(plain, /\bfrom\s{1,4}(?:jwt|jose\.jwt)\s{1,4}import\b[^\n]{0,200}\bdecode\s{1,4}as\s{1,4}(\w{1,64})/g),
  ]);
  const isOff =
    /\bverify_signature["']?\]?\s*[:=]\s*(?:False|None|0|not True)\b|\bverify\s*=\s*(?:False|None|0)\b/.test(plain);
  return readCalls(code).flatMap((call) => {
    const parts = call.callee.split('.');
    const isDecode = (parts.at(-1) === 'decode' && modules.has(parts.at(-2) ?? '')) || functions.has(call.callee);
    const key = isDecode ? keyOf(call.arguments) : undefined;
    if (key === undefined) return [];
    const isNothing = /^(?:None|False|0|[rbu]{0,2}(?:""|'')|[[{].*)$/s.test(key);
    // Who takes the algorithm from the token itself lets the sender choose it.
    const isNone = call.arguments.slice(1).some((argument) => /["']none["']|\bget_unverified/i.test(argument));
    return [{ ...call, verifies: !isOff && !isNothing && !isNone }];
  });
}

// The second argument, or the one called `key`; without any there is nothing to verify with.
function keyOf(given: readonly string[]): string | undefined {
  const named = given.find((argument) => /^key\s*=(?!=)/.test(argument));
  if (named !== undefined) return named.slice(named.indexOf('=') + 1).trim();
  return given.filter((argument) => !/^\w+\s*=(?!=)/.test(argument))[1];
}

function aliases(code: string, pattern: RegExp): string[] {
  return [...code.matchAll(pattern)].map(([, alias]) => alias ?? '');
}
