// The specs of the benchmark, the same in every run: a base, grown to a size by sections like those of the example.
import { readFileSync } from 'node:fs';

const example = readFileSync(
  new URL('../../examples/todo-app/specs/004-auth-integration/spec.md', import.meta.url),
  'utf8',
);
const requirements = example
  .slice(example.indexOf('### FR-001'), example.indexOf('\n---\n'))
  .split(/^(?=### )/m)
  .map((text) => `${text.trimEnd()}\n`);

/** Requirement `number` of endlessly many; no two share a heading, a paragraph or an item of a list. Half of it all is code. */
export function requirement(number) {
  const id = `FR-${1000 + number}`;
  return requirements[(number - 1) % requirements.length]
    .replace(/^### FR-\d+/, `### ${id}`)
    .replace(/^#### .*/m, `$& of ${id}`)
    .replace(/^ *- (?:\[ \] )?/gm, `$&${id}: `)
    .replace(/^[^|#].*/gm, (line) =>
      line.replace(/\b(?:app|claims|sessions?|tokens?|users?|forms?|routes?)\b/g, `$&${number}`),
    );
}

/**
 * Texts with the same sections added to each, before the first section of the first and behind the last.
 *
 * @param texts the base first, which then has about `size` bytes; it stays as it is when it has more
 * @param first number of the first section that is added
 */
export function grown(texts, size, first = 1) {
  const before = [];
  const behind = [];
  for (let number = first, length = Buffer.byteLength(texts[0]); length < size; number += 1) {
    const section = requirement(number).replace(/^#(?=##)/gm, '');
    if (number % 2 === 0) before.push(`${section}\n`);
    else behind.push(`\n${section}`);
    length += Buffer.byteLength(section) + 1;
  }
  return texts.map((text) => {
    const at = text.search(/^## /m);
    return `${text.slice(0, at)}${before.join('')}${text.slice(at)}${behind.join('')}`;
  });
}

/** A spec of about `size` bytes as OpenSpec wants it, a change with the code of the four edits, and what has to come of it. */
export function openSpec(size) {
  const stated = (name, body) =>
    `### Requirement: ${name}\nThe app MUST do as shown.\n\n${body}\n\n#### Scenario: Review of ${name}\n- **WHEN** it runs\n- **THEN** it does as shown\n\n`;
  const codeOf = (text) => text.match(/^```.*?^```$/gms).join('\n\n');
  const [old, done] = [example.match(/^```.*?^```$/ms)[0], codeOf(template('flow-diagram'))].map((drawing) =>
    stated('Authentication Flow', drawing),
  );
  const added = ['cors-configuration', 'database-schema', 'jwt-verification'].map((name) =>
    stated(name, codeOf(template(name))),
  );

  const head =
    '# auth Specification\n\n## Purpose\nAccounts and sign-in for the todo app of the example.\n\n## Requirements\n\n';
  const others = [];
  for (let length = Buffer.byteLength(head + old); length < size; length += Buffer.byteLength(others.at(-1))) {
    const text = requirement(others.length + 1).replace(/^### /, '### Requirement: ');
    others.push(`${text.replace(/^#### /m, '#### Scenario: ')}\n`);
  }
  const half = Math.floor(others.length / 2);
  const specOf = (flow, ...last) =>
    `${[head, ...others.slice(0, half), flow, ...others.slice(half), ...last].join('').trimEnd()}\n`;
  return {
    spec: specOf(old),
    change: `## MODIFIED Requirements\n\n${done}## ADDED Requirements\n\n${added.join('')}`,
    finished: specOf(done, ...added),
  };
}

function template(name) {
  return readFileSync(new URL(`../../templates/${name}.md`, import.meta.url), 'utf8');
}
