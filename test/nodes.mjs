// The suite on every Node.js of CI: `npm run nodes [-- major…] [-- test…]`, as in `npm run nodes -- 22 test/cli.test.ts`.
// Each makes the bundle first. Those that do not run this script come from npm. Prints a line per Node.js; exit 1 when a test
// fails on one.
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const root = fileURLToPath(new URL('..', import.meta.url));
const ci = parse(readFileSync(join(root, '.github/workflows/ci.yml'), 'utf8'));
const { PATH } = process.env;
const isMajor = (word) => /^\d+$/.test(word);
const words = process.argv.slice(2);
const majors = words.some(isMajor) ? words.filter(isMajor) : ci.jobs.test.strategy.matrix.node.map(String);
const suites = words.filter((word) => !isMajor(word));

const folder = mkdtempSync(join(tmpdir(), 'fix-auth-spec-nodes-'));
try {
  const results = majors.map(nodeOf).map(resultsOn);
  for (const { version, passed, failed, skipped } of results)
    process.stdout.write(`Node.js ${version}: ${passed} passed, ${failed} failed, ${skipped} skipped\n`);
  process.exitCode = results.some(({ failed }) => failed > 0) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** The path of a Node.js of this major version: the running one, or a copy of what npm keeps in its cache. */
function nodeOf(major) {
  if (versionOf(process.execPath).startsWith(`${major}.`)) return process.execPath;
  const argv = `exec --yes --ignore-scripts=false --package=node@${major} -- node --print process.execPath`.split(' ');
  const options = { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' };
  const path = execFileSync('npm', argv, options).trim();
  // Without it npm would run the one that is there.
  if (!versionOf(path).startsWith(`${major}.`))
    throw new Error(`Expected Node.js ${major}, npm has ${versionOf(path)}`);
  // Some tests run it as a user without rights, from whom the cache may be closed.
  chmodSync(folder, 0o755);
  const node = join(folder, major, basename(path));
  mkdirSync(dirname(node));
  copyFileSync(path, node);
  return node;
}

function versionOf(node) {
  return execFileSync(node, ['--print', 'process.versions.node'], { encoding: 'utf8' }).trim();
}

/** Runs the suite with this Node.js, which is also the `node` of whatever the tests start. */
function resultsOn(node) {
  const report = join(folder, 'report.json');
  rmSync(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  process.env.PATH = [dirname(node), PATH].join(delimiter);
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  // As CI does it; names of files depend on what modules of its own a Node.js has.
  execFileSync(node, ['bundle.mjs'], { cwd: root });
  const { status } = spawnSync(node, [vitest, 'run', ...reporters, ...suites], { cwd: root, stdio: 'inherit' });
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, 'utf8'));
  // A suite that cannot be loaded has no test that fails.
  const failed = status === 0 ? 0 : Math.max(1, numFailedTests);
  return { version: versionOf(node), passed: numPassedTests, failed, skipped: numPendingTests };
}
