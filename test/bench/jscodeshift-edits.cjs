// The four edits as a transform of jscodeshift. It has no parser for Markdown, so they are made on the raw text.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

const template = (name) => readFileSync(join(__dirname, `../../templates/${name}.md`), 'utf8');

module.exports = ({ source }) => {
  const added = ['cors-configuration', 'database-schema', 'jwt-verification'].map((name) => `${template(name)}\n`);
  return source
    .replace(/(?<=^### Authentication Flow\n+)^```\n.*?^```\n/ms, () => template('flow-diagram'))
    .replace(/(?<=^## Prerequisites\n.*?)^(?=## )/ms, () => added.join(''));
};

// Spares it to load one for JavaScript.
module.exports.parser = { parse: (text) => text };
