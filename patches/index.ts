import type { PatchSetDefinition } from '../src/define.js';
import { corsConfiguration } from './cors-configuration.js';
import { databaseSchema } from './database-schema.js';
import { flowDiagram } from './flow-diagram.js';
import { jwtVerification } from './jwt-verification.js';

/** The changes of spec 005 to spec 004, in its own order. */
export const authSpec: PatchSetDefinition = {
  target: 'specs/004-auth-integration/spec.md',
  patches: [flowDiagram, databaseSchema, jwtVerification, corsConfiguration],
  // Its Peer Review, and the success criteria that nobody can read off a document.
  questions: [
    { text: 'They understand JWT creation happens on Next.js frontend', covers: [] },
    { text: 'They understand Backend only validates tokens, never creates them', covers: [] },
    { text: 'They can identify which tables are managed by Better Auth vs Backend', covers: [] },
    { text: 'They understand the `tasks` table must be created separately from Better Auth migrations', covers: [] },
    { text: 'They know backend needs PyJWT library for token verification', covers: [] },
    {
      text: 'All team members can correctly explain which component creates vs validates JWTs after reading updated spec',
      covers: ['SC-003'],
    },
    { text: 'Zero implementation attempts where backend tries to create JWT tokens', covers: ['SC-004'] },
  ],
};
