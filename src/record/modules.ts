import type { ChangeDefinition, PatchDefinition, PatchSetDefinition } from '../define.js';

/** Text by the name of its file, relative to the directory of the patch set. */
export type Files = Readonly<Record<string, string>>;

/** A patch set to be written, and a text that it makes of another. */
export interface Sources {
  readonly set: PatchSetDefinition;
  readonly before: string;
  readonly after: string;
  /** Name of the module that exports the set; the others end as it does. */
  readonly index: string;
  /** Source of the checks of a patch, by its id. */
  readonly checks?: Readonly<Record<string, string>>;
}

/** The modules of a patch set, its texts, what it is tried on, and its test. */
export function moduleFiles({ set, before, after, index, checks = {} }: Sources): Files {
  const ending = index.slice(index.lastIndexOf('.'));
  const stem = index.slice(0, -ending.length);
  const modules = set.patches.map((patch) => patchFiles(patch, ending, checks[patch.id]));
  return {
    [index]: indexModule(set, ending),
    ...Object.assign({}, ...modules),
    'fixture.md': before,
    'expected.md': after,
    [`${stem}.test${ending}`]: testModule(index),
  };
}

function indexModule({ target, patches }: PatchSetDefinition, ending: string): string {
  const names = patches.map(({ id }) => nameOf(id));
  const imports = patches.map(({ id }) => `import { ${nameOf(id)} } from './${id}${ending}';\n`);
  return `import { definePatchSet } from 'fix-auth-spec';
${imports.join('')}
export default definePatchSet({
  target: ${literal(target)},
  patches: [${names.join(', ')}],
});
`;
}

function patchFiles({ id, title, change }: PatchDefinition, ending: string, checks?: string): Files {
  const texts: Record<string, string> = {};
  const text = (part: string, value: string): string => {
    if (!value.includes('\n')) return literal(value);
    const name = `templates/${id}${part === 'template' ? '' : `.${part}`}.md`;
    texts[name] = value.endsWith('\n') ? value : `${value}\n`;
    return `read(${literal(name)})`;
  };
  const lines = changeLines(change, text);
  const helpers = 'anchors' in change ? 'definePatch, section' : 'definePatch';
  const reads = Object.keys(texts).length > 0;
  const source = `${reads ? "import { readFileSync } from 'node:fs';\n" : ''}import { ${helpers} } from 'fix-auth-spec';
${reads ? "\nconst read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');\n" : ''}
export const ${nameOf(id)} = definePatch({
  id: ${literal(id)},
  title: ${literal(title)},
  change: {
${lines.map((line) => `    ${line},\n`).join('')}  },
${checks ?? ''}});
`;
  return { [`${id}${ending}`]: source, ...texts };
}

function changeLines(change: ChangeDefinition, text: (part: string, value: string) => string): string[] {
  const lines = [`kind: ${literal(change.kind)}`];
  if ('anchors' in change) {
    const anchors = change.anchors.flatMap((anchor) =>
      anchor.kind === 'section' ? `section(${anchor.path.map(literal).join(', ')})` : [],
    );
    lines.push(`anchors: [${anchors.join(', ')}]`);
  }
  if ('before' in change && typeof change.before === 'string') lines.push(`before: ${text('before', change.before)}`);
  if ('template' in change) lines.push(`template: ${text('template', change.template)}`);
  if (change.kind === 'replaceText') {
    lines.push(`from: ${text('from', change.from)}`, `to: ${text('to', change.to)}`);
    if (change.under !== undefined) lines.push(`under: ${literal(change.under)}`);
  }
  return lines;
}

function testModule(index: string): string {
  return `import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { patchText } from 'fix-auth-spec';
import { assertPatches } from 'fix-auth-spec/testing';
import patches from './${index}';

const read = (name) => readFileSync(new URL(name, import.meta.url), 'utf8');

test('the patches make expected.md of fixture.md', () => {
  assert.equal(patchText(read('fixture.md'), { patches }).text, read('expected.md'));
});

test('the laws hold of the patches', () => {
  assertPatches(patches, read('fixture.md'));
});
`;
}

// A name that is no word of JavaScript: ids may be words such as \`new\`, and begin with a digit.
function nameOf(id: string): string {
  const name = id.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
  return /^\d/.test(name) ? `patch${name}` : `${name}Patch`;
}

function literal(text: string): string {
  // JSON but for two line ends that older JavaScript does not allow in a string.
  const quoted = JSON.stringify(text).slice(1, -1).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029');
  return `'${quoted.replaceAll('\\"', '"').replaceAll("'", "\\'")}'`;
}
