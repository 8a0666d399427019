import { lines, section } from '../src/anchor.js';
import type { Document } from '../src/document.js';
import { codeBlocks } from '../src/evidence/blocks.js';
import { type Call, readCalls } from '../src/evidence/python.js';
import type { Patch, Verdict } from '../src/patch.js';
import { template } from '../src/template.js';

export const jwtVerification: Patch = {
  id: 'jwt-verification',
  title: 'Add the Backend JWT Verification section',
  change: {
    kind: 'insertAfter',
    // Behind the schema, or where the schema would go: so every order of the patches ends in the same text.
    anchors: [section('Database Schema'), section('Better Auth Installation'), section('Prerequisites'), lines(67)],
    template: template('jwt-verification.md'),
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
  const decoding = codeBlocks(document, document.tree.children)
    .filter(({ language }) => ['', 'python', 'py', 'python3'].includes(language))
    .flatMap(({ code, line }) =>
      readCalls(code)
        .filter((call) => isDecoding(call, code))
        .map((call) => ({ call, line: line + call.line })),
    );
  const unverified = decoding.filter(({ call }) => isUnverified(call));
  if (unverified.length > 0) {
    return {
      holds: false,
      evidence: unverified.map(({ call, line }) => `line ${line}: \`${call.callee}\` does not verify the signature`),
    };
  }
  if (decoding.length === 0) return { holds: false, evidence: ['no Python code that decodes a JWT with a key'] };
  return {
    holds: true,
    evidence: decoding.map(({ call, line }) => `line ${line}: \`${call.callee}(${call.arguments.join(', ')})\``),
  };
}

// PyJWT, python-jose and Authlib all verify in `decode(token, key, …)`.
function isDecoding({ callee, arguments: given }: Call, code: string): boolean {
  const isJwt =
    /(?:^|\.|_)jwt\w*\.decode$/i.test(callee) || (callee === 'decode' && /\bfrom\s{1,4}(?:jwt|jose)\b/.test(code));
  return isJwt && given.filter((argument) => !argument.includes('=') || argument.startsWith('key')).length >= 2;
}

function isUnverified({ arguments: given }: Call): boolean {
  return given.some((argument) => /\bverify(?:_signature)?["']?\s{0,8}[:=]\s{0,8}False\b/.test(argument));
}
