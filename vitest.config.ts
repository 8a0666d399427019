import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// `--mode laws` and `--mode update` reach the tests as RUN; the long run of the laws takes as long as it takes.
export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    // By default one processor is left free, which on small machines is half of them.
    maxWorkers: availableParallelism(),
    testTimeout: mode === 'laws' ? 0 : 120_000,
    env: { RUN: mode },
  },
}));
