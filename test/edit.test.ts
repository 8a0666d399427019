import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdits, findClash } from '../src/edit.js';

const at = (start: number, end: number, text: string) => ({ span: { start, end }, text });

describe('applyEdits', () => {
  it('makes all edits at once, on offsets of the original', () => {
    expect(applyEdits('abcdef', [at(4, 5, 'E'), at(1, 3, ''), at(0, 0, '>')])).toBe('>adEf');
  });

  it('keeps the order given of insertions at one offset', () => {
    expect(applyEdits('ab', [at(1, 1, '1'), at(1, 1, '2')])).toBe('a12b');
  });

  it('refuses edits that overlap, lie outside or run backwards', () => {
    const no = [[at(0, 3, ''), at(2, 4, '')], [at(5, 9, '')], [at(3, 2, '')], [at(-1, 0, '')], [at(Number.NaN, 1, '')]];
    for (const edits of no) expect(() => applyEdits('abcdef', edits)).toThrow(RangeError);
  });

  it('refuses edits that part a line end or a character', () => {
    expect(() => applyEdits('a\r\nb', [at(2, 2, 'x')])).toThrow(RangeError);
    expect(() => applyEdits('a😀b', [at(0, 2, '')])).toThrow(RangeError);
    expect(applyEdits('a\r\n😀b', [at(1, 1, 'x'), at(3, 5, '')])).toBe('ax\r\nb');
  });

  it('keeps every character outside the edits, for any edits', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.tuple(fc.nat(40), fc.nat(5), fc.string())), (text, wanted) => {
        let free = 0;
        const edits = wanted.flatMap(([gap, length, replacement]) => {
          const start = free + gap;
          if (start + length > text.length) return [];
          free = start + length;
          return [at(start, start + length, replacement)];
        });
        let kept = text;
        for (const { span } of edits.toReversed()) kept = kept.slice(0, span.start) + kept.slice(span.end);
        let done = applyEdits(text, edits.toReversed());
        for (const [index, { span, text: replacement }] of edits.entries()) {
          const shift = edits.slice(0, index).reduce((sum, edit) => sum - (edit.span.end - edit.span.start), 0);
          done = done.slice(0, span.start + shift) + done.slice(span.start + shift + replacement.length);
        }
        return done === kept;
      }),
    );
  });
});

describe('findClash', () => {
  it('finds none between edits that touch', () => {
    expect(findClash([at(0, 2, ''), at(2, 2, 'x'), at(2, 4, '')])).toBeUndefined();
  });

  it('names the two that overlap, in the order of the text', () => {
    const [a, b] = [at(3, 6, 'a'), at(0, 4, 'b')];
    expect(findClash([a, b])).toEqual([b, a]);
    expect(findClash([at(0, 4, ''), at(2, 2, 'inside')])).toBeDefined();
  });
});
