export { authSpec } from '../patches/index.js';
export { type CodeAnchor, codeIn, type LinesAnchor, lines, type SectionAnchor, section } from './anchor.js';
export { type PatchedText, type PatchOptions, patchFile, patchText, run } from './api.js';
export {
  type Anchors,
  type ChangeDefinition,
  type CheckDefinition,
  definePatch,
  definePatchSet,
  type PatchDefinition,
  PatchError,
  type PatchSetDefinition,
} from './define.js';
export type { Document, Point, Section, Span } from './document.js';
export type { Io, Output } from './io.js';
export type { Origin, Question, Recogniser, Repair, Verdict } from './patch.js';
export type {
  Candidate,
  ClaimResult,
  EditResult,
  ExitCode,
  FileResult,
  Message,
  PatchResult,
  PatchState,
} from './result.js';
