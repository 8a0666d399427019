/** Chance that is the same for the same seed. */
export interface Chance {
  /** A whole number from 0, below `end`. */
  readonly below: (end: number) => number;
  readonly shuffled: <T>(values: readonly T[]) => T[];
}

/** Mulberry32, by Tommy Ettinger. */
export function chanceFrom(seed: number): Chance {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number): number => Math.floor(next() * end);
  return {
    below,
    shuffled: (values) => {
      const left = [...values];
      return values.map(() => left.splice(below(left.length), 1)[0] as (typeof left)[number]);
    },
  };
}

/** All orders of some values, or `most` of them. */
export function permutations<T>(values: readonly T[], most: number, { shuffled }: Chance): T[][] {
  const all = (rest: readonly T[]): T[][] =>
    rest.length === 0
      ? [[]]
      : rest.flatMap((value, at) => all(rest.toSpliced(at, 1)).map((others) => [value, ...others]));
  return values.length <= 4 ? all(values) : Array.from({ length: most }, () => shuffled(values));
}

/** All choices of some values but none and all, or `most` of them. */
export function subsets<T>(values: readonly T[], most: number, { below }: Chance): T[][] {
  const chosen = (bits: number): T[] => values.filter((_, at) => (bits >> at) % 2 === 1);
  const end = 2 ** Math.min(values.length, 30) - 1;
  if (end <= most) return Array.from({ length: end - 1 }, (_, at) => chosen(at + 1));
  return Array.from({ length: most }, () => chosen(1 + below(end - 1)));
}
