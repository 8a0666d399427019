import { createTwoFilesPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from '../src/diff.js';
import { applyEdits, type Edit } from '../src/edit.js';
import { gitApply } from './git.js';

const at = (start: number, end: number, text: string): Edit => ({ span: { start, end }, text });

const line = fc.constantFrom(
  '',
  'a',
  'b',
  'same',
  ' indented',
  '-dash',
  '+plus',
  '@@',
  '\\ No newline',
  'ä😀',
  'trail  ',
  '--- x',
);
const eol = fc.constantFrom('\n', '\n', '\n', '\r\n');
const text = fc.tuple(fc.array(fc.tuple(line, eol), { maxLength: 40 }), fc.boolean()).map(([lines, isCut]) =>
  isCut
    ? lines
        .map((parts) => parts.join(''))
        .join('')
        .replace(/\r?\n$/, '')
    : lines.map((parts) => parts.join('')).join(''),
);

/** The offset, or the next one where it stands in the middle of a CRLF or of a surrogate pair. */
const between = (whole: string, offset: number) =>
  /^(?:\r\n|[\uD800-\uDBFF][\uDC00-\uDFFF])$/.test(whole.slice(Math.max(0, offset - 1), offset + 1))
    ? offset + 1
    : offset;

/** A text and some edits of it that do not overlap. */
const edited = fc
  .tuple(text, fc.array(fc.tuple(fc.nat(), fc.nat(12), text), { minLength: 1, maxLength: 4 }))
  .map(([before, wanted]) => {
    let free = 0;
    const edits = wanted.map(([far, length, replacement]) => {
      const start = between(before, free + (far % (before.length - free + 1)));
      free = between(before, Math.min(before.length, start + length));
      return at(start, free, replacement);
    });
    return { before, edits, after: applyEdits(before, edits) };
  })
  .filter(({ before, after }) => before !== '' && after !== '');

describe('unifiedDiff', () => {
  it('is empty when nothing changes', () => {
    expect(unifiedDiff('x', 'a\n', [])).toBe('');
    expect(unifiedDiff('x', 'a\nb\n', [at(0, 1, 'a')])).toBe('');
  });

  it('is what a diff of both texts would be', () => {
    const before = Array.from({ length: 30 }, (_, index) => `line ${index}\n`).join('');
    const edits = [
      at(before.indexOf('line 5'), before.indexOf('line 6'), 'five\n'),
      at(before.indexOf('line 20'), before.indexOf('line 20'), 'new\n'),
    ];
    const whole = createTwoFilesPatch('a/x', 'b/x', before, applyEdits(before, edits), undefined, undefined, {
      context: 3,
    });
    expect(unifiedDiff('x', before, edits)).toBe(whole.slice(whole.indexOf('---')));
  });

  it.each([0, 1, 3, 100])(
    'with %i lines of context is the change: git makes the same of it, and undoes it',
    (context) => {
      const zero = context === 0 ? ['--unidiff-zero'] : [];
      let changed = 0;
      fc.assert(
        fc.property(edited, ({ before, edits, after }) => {
          const diff = unifiedDiff('my dir/späc.md', before, edits, context);
          if (before === after) return diff === '';
          changed += 1;
          return (
            gitApply('my dir/späc.md', before, diff, ...zero) === after &&
            gitApply('my dir/späc.md', after, diff, '-R', ...zero) === before
          );
        }),
        { numRuns: 60, seed: 20251213 },
      );
      expect(changed).toBeGreaterThan(40);
    },
  );

  it('costs what the edits cost: a large text around them is not compared', () => {
    const lines = Array.from({ length: 200_000 }, (_, index) => `${index}\n`).join('');
    const diff = unifiedDiff('x', lines, [at(lines.length / 2, lines.length / 2, '!')]);
    expect(diff.split('\n').length).toBeLessThan(15);
  });
});
