// The command line as a few files that hold all they need: `npm run build` makes dist/cli of dist/src. It starts in a fifth of the
// time that hundreds of modules take to be found and loaded. Libraries get dist/src itself.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));

/**
 * The files of dist/cli, text by name.
 *
 * @returns also what esbuild tells of each that holds code: `imports`, and the `inputs` that it was made of
 * @throws Error when a package that goes in has no licence
 */
export async function bundle() {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    // Threads are started by the names of their files.
    entryPoints: ['bin', 'worker', 'probe'].map((name) => `dist/src/${name}.js`),
    outdir: 'dist/cli',
    write: false,
    metafile: true,
    bundle: true,
    // What is imported late is loaded late.
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    // As Node.js resolves packages for users, and not as bundlers do.
    conditions: [],
    mainFields: ['main'],
    // Names stay: they stand in the stack traces of bug reports.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    plugins: [inOrder, yargsToParse, asciiFirst, cryptoLate, processAsItIs, nothingBeside],
    logLevel: 'warning',
  });
  const nameOf = (path) => path.replace(/^.*[\\/]/, '');
  const files = new Map(outputFiles.map(({ path, text }) => [nameOf(path), text]));
  files.set('LICENSES.txt', licences(packagesOf(Object.values(metafile.outputs))));
  return { files, outputs: new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output])) };
}

/**
 * What is imported late is there only behind what imports it: the commands behind the start, all else behind the commands. Where
 * each names the one before, what both need stays with that one, and is not split off into a file of its own.
 */
const inOrder = {
  name: 'in-order',
  setup({ onLoad }) {
    const folder = join(root, 'dist/src');
    const [start, commands] = ['bin.js', 'commands.js'].map((name) => join(folder, name));
    // Looked up beforehand: in which order esbuild comes to them is chance.
    const before = new Map();
    for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))) {
      const path = join(folder, name);
      for (const [, late] of readFileSync(path, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g))
        before.set(join(dirname(path), late), /^(?:bin|cli)\.js$/.test(name) ? start : commands);
    }
    onLoad({ filter: /[\\/]dist[\\/]src[\\/]/ }, ({ path }) => {
      const contents = `${readFileSync(path, 'utf8')}export * as before from ${JSON.stringify(before.get(path))};\n`;
      return before.has(path) ? { contents, resolveDir: dirname(path) } : undefined;
    });
  },
};

/**
 * The width of printable ASCII is its length. For other text string-width makes an Intl.Segmenter and an expression of all
 * emoji, which takes a third as long as Node.js itself does to start: each copy of it is loaded when such a text comes.
 */
export const asciiFirst = {
  name: 'ascii-first',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: /^string-width$/ }, async ({ path, pluginData, ...importer }) => {
      if (pluginData === 'itself') return undefined;
      const own = await resolve(path, { ...importer, pluginData: 'itself' });
      // A path from here: names of chunks must not depend on where this is.
      return { path: relative(root, own.path), namespace: 'ascii-first' };
    });
    onLoad({ filter: /./, namespace: 'ascii-first' }, ({ path }) => ({
      contents: `export default function stringWidth(text, options) {
        if (typeof text === 'string' && /^[ -~]*$/.test(text)) return text.length;
        return require(${JSON.stringify(join(root, path))}).default(text, options);
      }`,
      resolveDir: root,
    }));
  },
};

/**
 * yargs only reads command lines here. What it says for `--help` is always the same and is made now; what it needs for that is
 * left out. It looks beside its own file for translations, and above it, or without node_modules on the way above the working
 * directory, for a package.json. Here that would lead outside of this package, so it is told a place inside, where nothing is.
 */
const yargsToParse = {
  name: 'yargs-to-parse',
  setup({ onLoad, onResolve }) {
    onLoad({ filter: /[\\/]dist[\\/]src[\\/]help\.js$/ }, async () => {
      const { helpText } = await import('./dist/src/help.js');
      return { contents: `export const helpText = async () => ${JSON.stringify(await helpText())};` };
    });
    const shim = /[\\/]yargs[\\/]lib[\\/]platform-shims[\\/]esm\.mjs$/;
    onLoad({ filter: shim }, ({ path }) => {
      const parts = readFileSync(path, 'utf8').split('import.meta.url');
      if (parts.length !== 3)
        throw new Error(`Expected yargs to ask for its place twice, not ${parts.length - 1} times`);
      const place = "new URL('nowhere/node_modules/yargs/lib/platform-shims/esm.mjs', import.meta.url)";
      return { contents: parts.join(place), resolveDir: dirname(path) };
    });
    onResolve({ filter: /^(?:cliui|string-width|assert)$/ }, ({ importer, path }) =>
      shim.test(importer) ? { path, namespace: 'left-out' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents:
        path === 'assert'
          ? `const check = (holds, message = 'Expected yargs to hold') => { if (!holds) throw new Error(message) };
            export const strictEqual = (one, other, message) => check(Object.is(one, other), message);
            export const notStrictEqual = (one, other, message) => check(!Object.is(one, other), message);`
          : `export default () => { throw new Error('Expected no need of ${path}') };`,
    }));
  },
};

/** A tenth of the time that Node.js takes to start goes into node:crypto, and only who writes or makes certain reports needs it. */
const cryptoLate = {
  name: 'crypto-late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:crypto$/ }, ({ path }) => ({ path, namespace: 'late' }));
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: ['createHash', 'randomBytes']
        .map((name) => `export const ${name} = (...given) => process.getBuiltinModule('${path}').${name}(...given);`)
        .join('\n'),
    }));
  },
};

/** To import node:process makes all that it can ever be asked for, streams among it; the global is there already. */
const processAsItIs = {
  name: 'process-as-it-is',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(?:node:)?process$/ }, () => ({ path: 'process', namespace: 'as-it-is' }));
    onLoad({ filter: /./, namespace: 'as-it-is' }, () => ({ contents: 'export default process;' }));
  },
};

/** fdir looks for a package beside it that it can do without: nothing is loaded that is not in the bundle. */
const nothingBeside = {
  name: 'nothing-beside',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]fdir[\\/]dist[\\/]index\.mjs$/ }, ({ path }) => {
      const [before, after, ...more] = readFileSync(path, 'utf8').split(
        /__require\.resolve\("picomatch"\);\s*pm = __require\("picomatch"\);/,
      );
      if (after === undefined || more.length > 0) throw new Error('Expected fdir to look for picomatch once');
      return { contents: before + after, resolveDir: dirname(path) };
    });
  },
};

/** The folders of the packages that something of is in the outputs, below the root. */
function packagesOf(outputs) {
  const inputs = outputs.flatMap((output) => Object.entries(output.inputs));
  const folders = inputs.flatMap(([path, { bytesInOutput }]) =>
    bytesInOutput === 0 ? [] : (/(?:node_modules\/(?:@[^/]+\/)?[^/]+\/)+/.exec(path.replaceAll('\\', '/'))?.[0] ?? []),
  );
  return [...new Set(folders)].toSorted();
}

/** The licences of packages: each text once, below the packages that have it. */
function licences(folders) {
  const byText = new Map();
  for (const folder of folders) {
    const { name, version } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const text = licenceIn(folder);
    byText.set(text, (byText.get(text) ?? new Set()).add(`${name} ${version}`));
  }
  const parts = [...byText].map(([text, names]) => `${[...names].join('\n')}\n\n${text}\n`);
  return `The command line of fix-auth-spec holds code of these packages.\n\n${parts.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

// A file of its own, or else a section of the readme, which may only name the MIT licence: its words are those of ours.
function licenceIn(folder) {
  const names = readdirSync(join(root, folder));
  const read = (pattern) => {
    const name = names.find((one) => pattern.test(one));
    return name && readFileSync(join(root, folder, name), 'utf8').replaceAll('\r\n', '\n');
  };
  const text = read(/^licen[cs]e(?:-mit)?(?:\.\w+)?$/i)?.trim();
  if (text) return text;
  const section = /^(?:#+ Licen[cs]e|Licen[cs]e\n=+)\n([\s\S]+)/m.exec(read(/^readme\b/i) ?? '')?.[1]?.trim();
  if (!section || !/\bMIT\b/.test(section))
    throw new Error(`Expected a licence in ${folder}: what goes into the bundle must bring its own`);
  const ours = readFileSync(join(root, 'LICENSE'), 'utf8');
  return `${section}\n\n${ours.slice(ours.indexOf('Permission is hereby granted')).trim()}`;
}

if (argv[1] === fileURLToPath(import.meta.url)) {
  const folder = join(root, 'dist/cli');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  for (const [name, text] of (await bundle()).files) writeFileSync(join(folder, name), text);
}
