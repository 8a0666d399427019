import type { PatchSet } from '../src/patch.js';
import { corsConfiguration } from './cors-configuration.js';
import { databaseSchema } from './database-schema.js';
import { flowDiagram } from './flow-diagram.js';
import { jwtVerification } from './jwt-verification.js';

/** The changes of spec 005 to spec 004, in its own order. */
export const authSpec: PatchSet = {
  target: 'specs/004-auth-integration/spec.md',
  patches: [flowDiagram, databaseSchema, jwtVerification, corsConfiguration],
};
