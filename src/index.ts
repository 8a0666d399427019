export { authSpec } from '../patches/index.js';
export { type Anchor, codeIn, type Location, lines, locate, section } from './anchor.js';
export { unifiedDiff } from './diff.js';
export { type Document, type Point, readDocument, type Section, type Span } from './document.js';
export { applyEdits, type Edit, findClash } from './edit.js';
export type { Change, Check, Patch, PatchSet, Recogniser, Verdict } from './patch.js';
export { type Entry, type Plan, plan } from './plan.js';
export { type Attempt, type PatchStatus, statusOf } from './status.js';
export { type Finding, type Judged, judge, type Verification, verify } from './verify.js';
