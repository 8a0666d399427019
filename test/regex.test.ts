import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { check } from 'recheck';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { root } from './support.js';

const files = ['src', 'patches'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name)),
);

function expressionsIn(file: string): { place: string; source: string; flags: string }[] {
  const tree = ts.createSourceFile(file, readFileSync(join(root, file), 'utf8'), ts.ScriptTarget.Latest, true);
  const found: { place: string; source: string; flags: string }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart());
      const end = node.text.lastIndexOf('/');
      found.push({
        place: `${file}:${line + 1} ${node.text}`,
        source: node.text.slice(1, end),
        flags: node.text.slice(end + 1),
      });
    }
    if (ts.isNewExpression(node) && node.expression.getText() === 'RegExp')
      throw new Error(`Expected literals only: ${file}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

// A hostile file chooses what an expression runs on, so none may take more than linear time on any text.
describe('every regular expression', () => {
  it('is linear, by proof or by search', async () => {
    const all = files.flatMap(expressionsIn);
    expect(all.length).toBeGreaterThan(100);
    const slow: string[] = [];
    // Some stand in several places.
    for (const { place, source, flags } of new Map(all.map((one) => [`${one.flags}/${one.source}`, one])).values()) {
      const { status } = await check(source, flags, { timeout: 30_000 });
      if (status !== 'safe') slow.push(`${place}: ${status}`);
    }
    expect(slow).toEqual([]);
    // It takes half a minute for itself, and as long as it takes beside others.
  }, 600_000);

  it('would be found if it were not', async () => {
    expect(await check('^(#{1,6})\\s+(.*?)\\s*#*\\s*$', '')).toMatchObject({
      status: 'vulnerable',
      complexity: { type: 'polynomial' },
    });
  });
});
