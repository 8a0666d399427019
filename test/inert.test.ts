import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inert, inertJson, withoutCommands } from '../src/report/terminal.js';
import { gitApply } from './git.js';
import { beginning, cli, example, finished, folderWith, mustPatch, swap, target } from './support.js';

// What no output may hold but for our own colours: C0 without tab and LF, DEL, C1, format and invisible characters.
const FORBIDDEN =
  /[\0-\x08\x0B-\x1F\x7F-\x9F\u00AD\u061C\u200B-\u200F\u2028-\u202E\u2060-\u206F\u3164\uFEFF\u{E0000}-\u{E007F}]/u;
const OWN_COLOURS = new RegExp(`${String.fromCharCode(27)}\\[(?:0|1|2|22|31|32|33|36|39)m`, 'g');

const KNOWN = new Set(
  'error warning notice debug group endgroup add-mask add-matcher remove-matcher set-output save-state set-env add-path echo stop-commands'.split(
    ' ',
  ),
);

/** The commands that GitHub's runner finds in a log: both of its notations, white space as .NET trims it. */
function commandsIn(log: string): string[] {
  const found: string[] = [];
  let token: string | undefined;
  for (const line of log.split(/\r\n|\n|\r/)) {
    const text = line.replace(/^[\s\u0085]+/, '');
    const [, current = ''] = /^::([^\s:]+)[^:]*::/.exec(text) ?? [];
    const [, older = ''] = /##\[([\w-]+)[^\]]*\]/.exec(line) ?? [];
    if (token !== undefined) {
      if (current === token) token = undefined;
      continue;
    }
    const name = [current, older].find((one) => KNOWN.has(one));
    if (name === undefined) continue;
    found.push(name);
    if (name === 'stop-commands') token = text.slice(text.indexOf('::', 2) + 2);
  }
  return found;
}

const ATTACKS = [
  '::error file=a.md::spoofed',
  ' \t::add-mask::x',
  '\u00A0\u3000::warning::behind wide space',
  'text ##[error]older notation',
  '##[add-mask]x',
  '::stop-commands::mine',
  '\u0085::notice::next line',
];

/** A spec in which the attacks stand right where the diff shows them as context. */
const hostile = swap(beginning, '## Environment', `${ATTACKS.join('\n\n')}\n\n## Environment`);

describe('what goes to a terminal', () => {
  it('acts on nothing, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(inert(text)).not.toMatch(FORBIDDEN);
        const json = inertJson({ text });
        expect(json).not.toMatch(FORBIDDEN);
        expect(JSON.parse(json)).toEqual({ text });
      }),
      { numRuns: 2000, seed: 20261121 },
    );
  });

  it('keeps what is only unusual, and names what it does not show', () => {
    for (const text of ['a\tb\n', '漢字 Ünï → ✅ ⚠️ ☎︎', '│ ─ ┌', 'a::b ## [c] # [d]', '\u00A0'])
      expect(inert(text)).toBe(text);
    expect(inert('\u001B[2J a\u202Eb \r c\u{E0041} d\uFE0F ⚠\uFE0F\uFE0F')).toBe(
      '\\u{1b}[2J a\\u{202e}b \\u{d} c\\u{e0041} d\\u{fe0f} ⚠\uFE0F\\u{fe0f}',
    );
  });

  it('is one line where one line is meant', async () => {
    const name = 'x\nWrote 4 changes to x.md.\t.md';
    const { err } = await cli(folderWith({ [name]: '# A\n' }), ['-c', name]);
    expect(err).not.toMatch(/^Wrote/m);
    expect(err.split('\n')[0]).toBe('x\\u{a}Wrote 4 changes to x.md.\\u{9}.md');
  });

  it('is so in every report and mode, file names and words of the command line included', async () => {
    const evil = '\u001B]52;c;x\u0007\u202E\u009B2J\b\u200B';
    const text = swap(beginning, '## Environment', `${evil}\n\n## ${evil}\n\n## Environment`);
    const folder = folderWith({ [target]: text, [`${evil}.md`]: swap(text, '## Prerequisites', `## ${evil}`) });
    const lines = [
      [],
      ['-c'],
      ['-r', 'json'],
      ['-q'],
      [`${evil}.md`],
      ['-r', 'json', `${evil}.md`],
      ['explain', 'cors-configuration', `${evil}.md`],
      [`--${evil}`],
      ['-p', evil],
      [`${evil}.none`],
    ];
    for (const argv of lines) {
      for (const flag of ['--color', '--no-color']) {
        const { out, err } = await cli(folder, [...argv, flag], { isTerminal: true });
        expect((out + err).replace(OWN_COLOURS, '')).not.toMatch(FORBIDDEN);
      }
    }
    const { out } = await cli(folder, ['-', '-w'], { stdin: text, isTerminal: true });
    expect(out).toBe(inert(mustPatch(text)));
  });
});

describe('what goes to the log of a workflow', () => {
  const log = async (...argv: string[]) => {
    const folder = folderWith({
      [target]: hostile,
      'refused.md': swap(hostile, '## Prerequisites', `## ${ATTACKS[3]}`),
    });
    const { out, err } = await cli(folder, argv, { env: { GITHUB_ACTIONS: 'true' } });
    return { out, err, found: [...commandsIn(out), ...commandsIn(err)] };
  };

  it('holds no command but those that stop commands', async () => {
    // The attacks are there, and would work.
    expect(commandsIn(hostile)).toEqual(['error', 'add-mask', 'warning', 'error', 'add-mask', 'stop-commands']);
    for (const argv of [
      ['-c'],
      ['-r', 'json'],
      ['--color'],
      ['-c', 'refused.md'],
      ['explain', 'flow-diagram', 'refused.md'],
    ])
      expect((await log(...argv)).found).toEqual([]);
    for (const argv of [[], ['-w'], ['-U', '1000']]) expect((await log(...argv)).found).toEqual(['stop-commands']);
  });

  it('is fenced for each attack alone', async () => {
    for (const attack of ATTACKS) {
      const folder = folderWith({ [target]: swap(beginning, '## Environment', `${attack}\n\n## Environment`) });
      const { out } = await cli(folder, [], { env: { GITHUB_ACTIONS: 'true' } });
      expect([attack, commandsIn(out.replaceAll('\n ', '\n').replace(/^::stop.*\n/, ''))]).not.toEqual([attack, []]);
      expect([attack, out.split('\n')[0]]).toEqual([attack, expect.stringMatching(/^::stop-commands::[0-9a-f]{64}$/)]);
    }
  });

  it('is still a patch', async () => {
    const { out } = await log();
    expect(gitApply(target, hostile, out)).toBe(mustPatch(hostile));
    expect(gitApply(target, mustPatch(hostile), out, '-R')).toBe(hostile);
  });

  it('is the bare diff where nothing in it could be taken for a command', async () => {
    const folder = folderWith({ [target]: example });
    const { out } = await cli(folder, [], { env: { GITHUB_ACTIONS: 'true' } });
    expect(out).toBe((await cli(folder, [])).out);
    expect(gitApply(target, example, out)).toBe(finished);
  });

  it('cannot be made to resume commands by any text', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ATTACKS, 'text', '')), (lines) => {
        const patch = lines.map((line) => ` ${line}\n`).join('');
        const token = /^::stop-commands::(\w+)$/m.exec(withoutCommands(patch))?.[1] ?? 'none';
        const replayed = withoutCommands(`${patch} ::${token}::\n ::error::again\n`);
        return commandsIn(replayed).join() === 'stop-commands';
      }),
      { numRuns: 200, seed: 20261121 },
    );
  });
});
