import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertPatches } from 'fix-auth-spec/testing';
import set from './lending.patches.js';

const fixture = readFileSync(new URL('specs/012-lending/spec.md', import.meta.url), 'utf8');

test('the lending patches hold the laws', () => {
  const { text } = assertPatches(set, fixture, { runs: 25 });
  console.log(text);
});
