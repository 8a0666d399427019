import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import AnsiToHtml from 'ansi-to-html';
import { describe, expect, it } from 'vitest';
import { launch, skipWithoutChromium } from './chromium.js';
import { cli, example, folderWith, root, target } from './support.js';

// The pictures of the README are drawn from runs: `npm run pictures`. What they were drawn from is kept as a hash, because a
// picture made elsewhere, with other fonts, differs in every byte.
const isUpdate = process.env['RUN'] === 'update';
const hashes = join(root, 'docs/pictures.json');

const terminal = async (): Promise<string> => {
  const argv = ['-p', 'flow-diagram'];
  const { out, err } = await cli(folderWith({ [target]: example }), argv, { isTerminal: true, columns: 100 });
  return `\u001b[1m$ npx fix-auth-spec ${argv.join(' ')}\u001b[22m\n${out}${err}`;
};
const report = async (): Promise<string> => {
  const { out } = await cli(folderWith({ [target]: example }), ['-r', 'html']);
  // A new version alone is no new picture.
  return out.replace(/Made by fix-auth-spec [\d.]+/, 'Made by fix-auth-spec');
};

const pictures = [
  { name: 'preview.png', source: terminal, page: screen, width: 900 },
  { name: 'report.png', source: report, page: (html: string) => html, width: 1180, height: 1800 },
];

function screen(ansi: string): string {
  const converter = new AnsiToHtml({
    escapeXML: true,
    fg: '#e6edf3',
    bg: '#0d1117',
    colors: { 1: '#ff7b72', 2: '#7ee787', 3: '#e3b341', 6: '#79c0ff' },
  });
  const style =
    'body { margin: 0; background: #0d1117 } pre { display: inline-block; margin: 0; padding: 24px 28px; color: #e6edf3; font: 14px/1.25 "DejaVu Sans Mono", monospace }';
  return `<!doctype html><meta charset="utf-8"><style>${style}</style><pre>${converter.toHtml(ansi)}</pre>`;
}

describe('the pictures of the README', () => {
  it.each(pictures)('$name shows what the command prints today', async ({ name, source }) => {
    const text = await source();
    const hash = createHash('sha256').update(text).digest('hex');
    const known = existsSync(hashes) ? JSON.parse(readFileSync(hashes, 'utf8')) : {};
    if (isUpdate) writeFileSync(hashes, `${JSON.stringify({ ...known, [name]: hash }, undefined, 2)}\n`);
    else
      expect([name, known[name], '`npm run pictures` draws it anew']).toEqual([
        name,
        hash,
        '`npm run pictures` draws it anew',
      ]);
    expect(readFileSync(join(root, 'README.md'), 'utf8')).toContain(`(docs/${name})`);
    if (!isUpdate)
      expect(
        readFileSync(join(root, 'docs', name))
          .subarray(1, 4)
          .toString(),
      ).toBe('PNG');
  });

  it.runIf(isUpdate && !skipWithoutChromium())('are drawn', async () => {
    const browser = await launch();
    for (const { name, source, page, width, height } of pictures) {
      const path = join(folderWith(), 'page.html');
      writeFileSync(path, page(await source()));
      const opened = await browser.newPage({ viewport: { width, height: height ?? 400 }, deviceScaleFactor: 1.5 });
      await opened.goto(pathToFileURL(path).href);
      await opened.screenshot({ path: join(root, 'docs', name), fullPage: height === undefined });
    }
    await browser.close();
  });
});
