import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DefaultTreeAdapterTypes, parse } from 'parse5';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launch, skipWithoutChromium } from './chromium.js';
import { cli, example, folderWith, registry, shared, situations, skipWithout, swap, target } from './support.js';

type Element = DefaultTreeAdapterTypes.Element;

/** The report on a text. It is the same whoever looks at it, so it is made once. */
async function page(text: string): Promise<string> {
  const known = pages.get(text) ?? (await cli(folderWith({ [target]: text }), ['-r', 'html'], registry)).out;
  pages.set(text, known);
  return known;
}
const pages = new Map<string, string>();

const elementsOf = (html: string): Element[] => {
  const found: Element[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ('tagName' in node) found.push(node);
    if ('childNodes' in node) for (const child of node.childNodes) walk(child);
  };
  walk(parse(html));
  return found;
};
const attribute = ({ attrs }: Element, name: string) => attrs.find((one) => one.name === name)?.value;
const textOf = (node: DefaultTreeAdapterTypes.Node): string =>
  'value' in node ? node.value : 'childNodes' in node ? node.childNodes.map(textOf).join('') : '';
const withClass = (elements: readonly Element[], name: string) =>
  elements.filter((one) => attribute(one, 'class')?.split(' ').includes(name));

// What a spec could bring to act on its reader's browser, where a page shows it: in the document, and in a section to be replaced.
const ATTACKS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg onload=alert(1)><animate onbegin=alert(1)></svg>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">a</a> [b](javascript:alert(1)) <javascript:alert(1)>',
  '<style>body { display: none }</style><link rel=stylesheet href=//x.example/y.css>',
  '<p style="position:fixed;inset:0" onclick=alert(1) id=f1-flow-diagram class=card>x</p>',
  '<meta http-equiv=refresh content="0;url=//x.example">',
  '<base href=//x.example><form action=//x.example><input name=a><button>b</button></form>',
  '</details></main></body></html><h1>outside</h1>',
  '<details><summary>open',
  '![x](https://x.example/pixel.png) <picture><source srcset=//x.example/a></picture> <video src=//x.example/v autoplay></video>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
  '<!-- --!><script>alert(1)</script>',
  '`</code></pre><script>alert(1)</script>`',
];

const hostile = swap(
  example,
  '## Environment',
  `${ATTACKS.join('\n\n')}\n\n[^1]: <script>alert(1)</script>\n\n## Environment`,
);

describe('the HTML report', () => {
  it.each(Object.entries({ ...situations, hostile }))(
    'holds nothing that runs, loads or leads away: %s',
    async (_, text) => {
      const html = await page(text);
      const elements = elementsOf(html);
      const names = new Set(elements.map(({ tagName }) => tagName));
      for (const name of [
        'script',
        'img',
        'iframe',
        'svg',
        'math',
        'link',
        'form',
        'input',
        'object',
        'embed',
        'base',
        'video',
        'source',
      ])
        expect([name, names.has(name)]).toEqual([name, false]);
      expect(elements.filter(({ tagName }) => tagName === 'style')).toHaveLength(1);
      expect(elements.filter(({ tagName }) => tagName === 'meta')).toHaveLength(3);
      for (const one of elements) {
        expect(one.attrs.filter(({ name }) => /^on|^style$|^src|^formaction$|^action$/.test(name))).toEqual([]);
        const href = attribute(one, 'href');
        if (href !== undefined) expect(href).toMatch(/^(?:https?:|mailto:|#)/);
      }
    },
  );

  it('allows its own style alone, by its hash', async () => {
    const elements = elementsOf(await page(example));
    const policy = elements
      .map((one) => (attribute(one, 'http-equiv') ? attribute(one, 'content') : undefined))
      .find(Boolean);
    const style = elements.find(({ tagName }) => tagName === 'style') as Element;
    const hash = createHash('sha256').update(textOf(style)).digest('base64');
    expect(policy).toBe(`default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`);
  });

  it.each(Object.entries({ ...situations, hostile }))(
    'has each id once, and every inner link leads to one: %s',
    async (_, text) => {
      const elements = elementsOf(await page(text));
      const ids = elements.flatMap((one) => attribute(one, 'id') ?? []);
      expect(ids.length).toBe(new Set(ids).size);
      const links = elements.flatMap((one) => attribute(one, 'href')?.match(/^#(.*)/)?.[1] ?? []);
      expect(links.filter((link) => !ids.includes(decodeURIComponent(link)))).toEqual([]);
    },
  );

  it('shows each change as it looks before and after, and what only comes in', async () => {
    const elements = elementsOf(await page(example));
    const cards = withClass(elements, 'card').filter((one) => attribute(one, 'id'));
    expect(cards.map((one) => attribute(one, 'id'))).toEqual([
      'f1-flow-diagram',
      'f1-cors-configuration',
      'f1-database-schema',
      'f1-jwt-verification',
    ]);
    const sides = withClass(elements, 'side').map((one) => textOf(one));
    expect(sides[0]).toMatch(/^Before[\s\S]*2\. Create JWT & Session/);
    expect(sides[1]).toMatch(/^After[\s\S]*3\. Create JWT {10}│\n[\s\S]*6\. Verify JWT/);
    expect(sides.slice(2).map((text) => text.split('\n')[0]?.slice(0, 8))).toEqual(Array(3).fill('Comes in'));
    expect(sides[3]).toContain('Database Responsibility Matrix');
  });

  it('looks the same whatever the line ends of the file, and with a byte order mark', async () => {
    const crlf = `\uFEFF${example}`.replaceAll('\n', '\r\n');
    expect(await page(crlf)).toBe(await page(example));
  });

  it('marks the words that differ, on the lines of both texts', async () => {
    const folder = folderWith({
      'a.md': '# A\n\nOne line.\n\nThe secret has 32 characters.\n',
      'fix.md':
        '### Change 1\n\n**File**: `a.md`\n\n**Before**:\n\n```\nThe secret has 32 characters.\n```\n\n**After**:\n\n```\nThe secret has 48 characters.\nSo it is.\n```\n',
    });
    const { out } = await cli(folder, ['--from', 'fix.md', '-r', 'html']);
    const rows = elementsOf(out).filter(({ tagName }) => tagName === 'tr');
    const shown = rows.map((row) => row.childNodes.map(textOf).join('|'));
    expect(shown).toEqual([
      'Line before|Line after|Change|Text',
      '2|2| |',
      '3|3| |One line.',
      '4|4| |',
      '5||−|The secret has 32 characters.',
      '|5|+|The secret has 48 characters.',
      '|6|+|So it is.',
    ]);
    expect(
      elementsOf(out)
        .filter(({ tagName }) => tagName === 'del')
        .map(textOf),
    ).toEqual(['32']);
    expect(
      elementsOf(out)
        .filter(({ tagName }) => tagName === 'ins')
        .map(textOf)[0],
    ).toBe('48');
  });

  it('shows a list that several changes touch once, and a change inside another with it', async () => {
    const change = (number: number, before: string, after: string) =>
      `### Change ${number}\n\n**File**: \`a.md\`\n\n**Before**:\n\n\`\`\`\n${before}\n\`\`\`\n\n**After**:\n\n\`\`\`\n${after}\n\`\`\`\n\n`;
    const folder = folderWith({
      'a.md': '# A\n\n- one apple\n- two pears\n\nThe end is near.\n',
      'fix.md': `${change(1, '- one apple', '- one plum')}${change(2, '- two pears', '- two figs')}${change(
        3,
        'The end is near.',
        'The end is near.\n\nOr it is not that near.',
      )}### Change 4\n\n**File**: \`a.md\`\n**Location**: after "Or it is not that near."\n\n**Add**:\n\n\`\`\`\nNobody knows when it comes.\n\`\`\`\n`,
    });
    const { code, out } = await cli(folder, ['--from', 'fix.md', '-r', 'html']);
    expect(code).toBe(0);
    const elements = elementsOf(out);
    expect(withClass(elements, 'side').map((one) => textOf(one).replaceAll('\n', ' ').trim())).toEqual(
      [
        'Before one apple two pears',
        'After one plum two figs',
        'BeforeThe end is near.',
        'AfterThe end is near. Or it is not that near. Nobody knows when it comes.',
      ].map((text) =>
        expect.stringMatching(new RegExp(text.replace(/^(Before|After) ?/, '$1\\s*').replaceAll(' ', '\\s+'))),
      ),
    );
    expect(textOf(withClass(elements, 'card')[1] as Element)).toContain('It is shown before and after with change-1.');
    const ids = elements.filter(({ tagName }) => tagName === 'a').map((one) => attribute(one, 'href'));
    expect(ids.slice(0, 4)).toEqual(['#f1-change-1', '#f1-change-2', '#f1-change-3', '#f1-change-3']);
  });

  it('numbers the lines of the finished text behind earlier changes', async () => {
    const html = await page(example);
    const finished = (await cli(folderWith({ [target]: example }), ['-', '-w'], { stdin: example })).out.split('\n');
    for (const row of elementsOf(html).filter((one) => one.tagName === 'tr')) {
      const [, after, mark, text] = row.childNodes.map(textOf);
      if (mark === '+') expect([after, finished[Number(after) - 1]]).toEqual([after, text]);
    }
  });

  it('numbers the lines of both texts, where several edits meet in a line or stand side by side', async () => {
    const before = Array.from({ length: 14 }, (_, at) => `- item ${at} alpha${at} beta${at}`).join('\n');
    const change = (from: string, to: string) =>
      `### Change\n\n**File**: \`a.md\`\n\n**Current**:\n\n\`\`\`\n${from}\n\`\`\`\n\n**New**:\n\n\`\`\`\n${to}\n\`\`\`\n\n`;
    const folder = folderWith({
      'a.md': `# A\n\n${before}\n`,
      'fix.md': `${change('alpha3', 'gamma')}${change('beta3', 'delta')}${change('- item 5 alpha5 beta5', '- item 5 one\n- item 5 two')}${change('alpha7', 'omega')}`,
    });
    const { out } = await cli(folder, ['--from', 'fix.md', '-r', 'html']);
    const { code } = await cli(folder, ['--from', 'fix.md', '-w']);
    expect(code).toBe(0);
    const old = `# A\n\n${before}\n`.split('\n');
    const now = readFileSync(join(folder, 'a.md'), 'utf8').split('\n');
    const rows = elementsOf(out).filter(({ tagName }) => tagName === 'tr');
    let changed = 0;
    for (const row of rows) {
      const [was = '', is = '', mark, text] = row.childNodes.map(textOf);
      if (mark === 'Change') continue;
      if (was !== '') expect([was, text]).toEqual([was, old[Number(was) - 1]]);
      if (is !== '') expect([is, text]).toEqual([is, now[Number(is) - 1]]);
      if (mark !== ' ') changed += 1;
    }
    expect(changed).toBeGreaterThan(8);
  });

  it('gives a terminal and a log nothing to act on, in attributes too', async () => {
    const evil = '\u001b[31m\u202e\u200b';
    const html = [
      `[x](http://a.example/${evil} "${evil}")`,
      `\`\`\`${evil}js\ncode\n\`\`\``,
      `<a href="http://x.example/${evil}">y</a> <div title="${evil}">z</div> <a id="${evil}q">q</a>`,
      `[up](#${evil}q)`,
    ].join('\n\n');
    const out = await page(swap(example, '## Environment', `${html}\n\n## Environment`));
    expect(out).toContain('http://x.example/%1B');
    expect(out).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b\u202a-\u202e\u2066-\u2069]/);
  });

  it('says why a patch is refused, with the nearest candidates and their lines', async () => {
    const html = await page(situations.refused);
    const [card] = withClass(elementsOf(html), 'card').filter(
      (one) => attribute(one, 'id') === 'f1-cors-configuration',
    );
    const text = textOf(card as Element);
    expect(text).toContain(
      'Cannot place cors-configuration: there is no heading “Prerequisites”; did you mean “Prerequisite Work” (line 45)?',
    );
    expect(text).toContain('> 45 | ## Prerequisite Work\n     | ^^^^^^^^^^^^^^^^^^^^');
    expect(text).toContain(
      'What comes nearestline 45: Feature Specification: Sign-In for the Todo App › Prerequisite Work',
    );
  });

  it('leaves to people what people confirm', async () => {
    const elements = elementsOf(await page(example));
    expect(elements.filter((one) => attribute(one, 'aria-label') === 'not confirmed')).toHaveLength(7);
  });

  it('does without a rendering where a text is too long for it', async () => {
    // Of few paragraphs: it is long and quickly read, since on a busy machine time runs out as well.
    const html = await page(`${example}\n${`${'A long line of text, again. '.repeat(500)}\n\n`.repeat(25)}`);
    expect(html).toContain('It is no Markdown, or there is too much to be shown here.');
    expect(textOf(withClass(elementsOf(html), 'side')[1] as Element)).toContain('6. Verify JWT');
    expect(html.length).toBeLessThan(200_000);
  });

  it('shows a file that is no Markdown as it is', async () => {
    const folder = folderWith({
      'a.json': '{ "a": 1,\n  "b": "# x" }\n',
      'fix.md':
        '### Change 1\n\n**File**: `a.json`\n\n**Before**:\n\n```\n  "b": "# x" }\n```\n\n**After**:\n\n```\n  "b": "# <b>y</b>" }\n```\n',
    });
    const { code, out } = await cli(folder, ['--from', 'fix.md', '-r', 'html']);
    expect(code).toBe(0);
    expect(withClass(elementsOf(out), 'side').map(textOf)[1]).toContain('"b": "# <b>y</b>" }');
  });
});

describe.skipIf(skipWithoutChromium())('the HTML report in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const open = async (
    html: string,
    width: number,
    colorScheme: 'light' | 'dark',
  ): Promise<{ page: Page; said: string[] }> => {
    const path = join(folderWith(), 'report.html');
    writeFileSync(path, html);
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: false });
    const opened = await context.newPage();
    const said: string[] = [];
    opened.on('console', (message) => said.push(message.text()));
    opened.on('pageerror', (error) => said.push(String(error)));
    opened.on('request', (request) => {
      if (!request.url().startsWith('file:')) said.push(request.url());
    });
    await opened.goto(pathToFileURL(path).href);
    await opened.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
    return { page: opened, said };
  };
  const widthOf = (opened: Page): Promise<unknown> => opened.evaluate('document.documentElement.scrollWidth');
  const views = [
    [1280, 'light'],
    [1280, 'dark'],
    [390, 'light'],
    [390, 'dark'],
  ] as const;

  it.each(Object.entries({ ...situations, hostile }))(
    'fits wide and narrow screens, says nothing to the console and can be read by everybody: %s',
    async (name, text) => {
      const html = await page(text);
      // Not every situation in every view: a browser takes its time.
      for (const [at, [width, scheme]] of views.entries()) {
        if (name !== 'untouched' && (at === 1 || at === 2)) continue;
        const { page: opened, said } = await open(html, width, scheme);
        const view = `${width} ${scheme}`;
        expect([view, await widthOf(opened), said]).toEqual([view, width, []]);
        if (at === 0 || (at === 3 && name === 'refused'))
          expect([view, await violationsOn(opened)]).toEqual([view, []]);
        await opened.context().close();
      }
    },
  );

  // From the outside of the page, whose policy lets no script in.
  async function violationsOn(opened: Page): Promise<[string, string[]][]> {
    const { violations, passes } = (await opened.evaluate(`(() => { ${axe}; return axe.run(); })()`)) as {
      violations: { id: string; nodes: { html: string }[] }[];
      passes: unknown[];
    };
    expect(passes.length).toBeGreaterThan(10);
    return violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html)]);
  }

  it('aligns box drawings: every character stands in its column', async () => {
    const { page: opened } = await open(await page(example), 1280, 'light');
    const worst = await opened.evaluate(`(() => {
      let far = 0;
      for (const { firstChild: text } of document.querySelectorAll('.side pre code')) {
        if (!/[─│┌]/.test(text?.data ?? '')) continue;
        const left = (at) => {
          const range = document.createRange();
          range.setStart(text, at);
          range.setEnd(text, at + 1);
          return range.getBoundingClientRect().left;
        };
        const first = left(0);
        const width = (left(50) - first) / 50;
        let column = 0;
        for (let at = 0; at < text.data.length; at += 1) {
          if (text.data[at] === '\\n') column = 0;
          else far = Math.max(far, Math.abs(left(at) - first - column++ * width));
        }
      }
      return far;
    })()`);
    expect(worst).toBeLessThan(0.5);
  });

  it('opens the finished document at a heading that the text links to', async () => {
    const linked = swap(
      example,
      '## Overview\n',
      '## Overview\n\nSee [the environment](#environment-configuration).\n',
    );
    const { page: opened } = await open(await page(linked), 1280, 'light');
    await opened.evaluate(`(() => {
      for (const one of document.querySelectorAll('details')) one.open = false;
      document.querySelector('a[href$="environment-configuration"]').click();
    })()`);
    expect(await opened.evaluate('document.querySelector(":target")?.textContent')).toBe('Environment Configuration');
  });

  it.skipIf(skipWithout(shared))('shows real documents', async () => {
    const html = await page(readFileSync(join(shared, 'mission/004-auth-integration.before.md'), 'utf8'));
    const { page: opened, said } = await open(html, 390, 'light');
    expect([await widthOf(opened), said]).toEqual([390, []]);
  });
});
