import { readFileSync } from 'node:fs';

/**
 * The text of `templates/<name>`, with LF line ends.
 *
 * @throws Error when `name` is not a plain file name: a template never comes from elsewhere
 */
export function template(name: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}\.md$/.test(name))
    throw new Error(`Expected the name of a template, such as \`section.md\`, not \`${name}\``);
  return readFileSync(new URL(import.meta.resolve(`#templates/${name}`)), 'utf8').replaceAll('\r\n', '\n');
}
