import { availableParallelism } from 'node:os';
import { defineConfig, type Plugin } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Resolves packages as Node.js does for users: for development the parser is another build, and a slower one. */
const asInstalled: Plugin = {
  name: 'as-installed',
  configEnvironment: {
    order: 'post',
    handler: (_, { resolve }) => {
      if (resolve?.conditions) resolve.conditions = resolve.conditions.filter((one) => !one.startsWith('development'));
    },
  },
};

/** Begins with what takes longest and is in one piece, so that no processor is left waiting for it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean => moduleId.endsWith('/regex.test.ts');
    return (await super.sort(files)).toSorted((a, b) => Number(isLong(b)) - Number(isLong(a)));
  }
}

const mocking = 'test/faults.test.ts';

// `--mode laws` and `--mode update` reach the tests as RUN; the long run of the laws takes as long as it takes.
export default defineConfig(({ mode }) => ({
  plugins: [asInstalled],
  test: {
    // By default one processor is left free, which on small machines is half of them.
    maxWorkers: availableParallelism(),
    // Trees live shortly: where there is room for more of them, less is copied.
    execArgv: ['--max-semi-space-size=128'],
    sequence: { sequencer: LongestFirst },
    hookTimeout: 120_000,
    // Modules are loaded once for all files of a process, but for the file that puts other ones in their place. What a project
    // extends was made for the mode `test`, so the mode stands in each.
    projects: [
      { name: 'suites', include: ['test/**/*.test.ts'], exclude: [mocking], isolate: false },
      { name: 'mocking', include: [mocking] },
    ].map((own) => ({
      extends: true as const,
      test: { ...own, env: { RUN: mode }, testTimeout: mode === 'laws' ? 0 : 120_000 },
    })),
  },
}));
