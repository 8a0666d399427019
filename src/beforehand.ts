import { readFileSync } from 'node:fs';
import type { RootContent } from 'mdast';

/**
 * The text of `templates/<name>`, from this package. The bundle of the command line has them all in it.
 *
 * @throws Error when `name` is not a plain file name: a template never comes from elsewhere
 */
export function templateText(name: string): string {
  if (!/^[a-z0-9][a-z0-9_-]{0,63}\.md$/.test(name))
    throw new Error(`Expected the name of a template, such as \`section.md\`, not \`${name}\``);
  return readFileSync(new URL(import.meta.resolve(`#templates/${name}`)), 'utf8');
}

/**
 * What a part of a text was parsed to when this package was built, as if it stood at the start of a text: in the bundle that is
 * known of the chunks of the templates, and here of nothing.
 */
export function parsedBefore(_text: string): readonly RootContent[] | undefined {
  return undefined;
}
