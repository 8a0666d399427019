// The four edits as a plugin of remark, on the tree.
import { readFileSync } from 'node:fs';

const template = (name) => readFileSync(new URL(`../../templates/${name}.md`, import.meta.url), 'utf8');

export default function edits() {
  const blocksOf = (name) => this.parse(template(name)).children;
  return ({ children }) => {
    const headingAt = (text) =>
      children.findIndex(({ type, children: [first] = [] }) => type === 'heading' && first?.value === text);

    const flow = headingAt('Authentication Flow');
    const drawing = children.findIndex(({ type }, index) => index > flow && type === 'code');
    children[drawing].value = blocksOf('flow-diagram')[0].value;

    const prerequisites = headingAt('Prerequisites');
    const end = children.findIndex(
      ({ type, depth }, index) => index > prerequisites && type === 'heading' && depth <= 2,
    );
    const added = ['cors-configuration', 'database-schema', 'jwt-verification'].flatMap(blocksOf);
    children.splice(end, 0, ...added);
  };
}
