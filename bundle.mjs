// The command line as a few files that hold all they need: `npm run build` makes dist/cli of dist/src. It starts in a fifth of the
// time that hundreds of modules take to be found and loaded. Libraries get dist/src itself. The files are CommonJS: to get its
// loader of ECMAScript modules going takes Node.js a fifth of the time in which it starts.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, transform } from 'esbuild';

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
    // What is imported late is loaded late. esbuild splits ECMAScript modules only.
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
    plugins: [inOrder, beforehand, yargsToParse, asciiFirst, builtInModules, nothingBeside, seldomUsed],
    logLevel: 'warning',
  });
  const nameOf = (path) => path.replace(/^.*[\\/]/, '');
  const files = new Map();
  for (const { path, text } of outputFiles) files.set(nameOf(path), await asCommonJs(text));
  files.set('package.json', '{ "type": "commonjs" }\n');
  files.set('LICENSES.txt', licences(packagesOf(Object.values(metafile.outputs))));
  return { files, outputs: new Map(Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output])) };
}

/** A file of the bundle as CommonJS; modules of users, which have other names, are imported as before. */
async function asCommonJs(text) {
  const { code } = await transform(
    text
      .replace(/\bNOW\(import\(("\.\/[\w-]+\.js")\)\)/g, 'require($1)')
      .replace(/\bimport\(("\.\/[\w-]+\.js")\)/g, 'Promise.resolve().then(() => require($1))'),
    {
      format: 'cjs',
      platform: 'node',
      target: 'node20',
      minifyWhitespace: true,
      define: { 'import.meta.url': 'ownUrl' },
    },
  );
  const url = 'const ownUrl = process.getBuiltinModule("url").pathToFileURL(__filename).href;';
  return code.includes('ownUrl') ? url + code : code;
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
    // Looked up beforehand: in which order esbuild comes to them is chance. A thread has what the commands have.
    const before = new Map([[join(folder, 'worker.js'), commands]]);
    for (const name of readdirSync(folder, { recursive: true }).filter((name) => name.endsWith('.js'))) {
      const path = join(folder, name);
      for (const [, late] of readFileSync(path, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g))
        before.set(join(dirname(path), late), /^(?:bin|cli)\.js$/.test(name) ? start : commands);
    }
    onLoad({ filter: /\.js$/, namespace: 'file' }, ({ path }) => {
      const behind = before.get(path) ?? (SELDOM.test(path) ? commands : undefined);
      if (behind === undefined) return undefined;
      const contents = `${readFileSync(path, 'utf8')}\nexport * as before from ${JSON.stringify(behind)};\n`;
      return { contents, resolveDir: dirname(path) };
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
      contents: `import widthOf from ${JSON.stringify(join(root, path))};
        export default function stringWidth(text, options) {
          return typeof text === 'string' && /^[ -~]*$/.test(text) ? text.length : widthOf(text, options);
        }`,
      resolveDir: root,
    }));
  },
};

/** What is the same in every run is made now: what `--help` and `--version` say, the templates, and what they are parsed to. */
const beforehand = {
  name: 'beforehand',
  setup({ onLoad }) {
    const make = (name, contentsOf) =>
      onLoad({ filter: /[\\/]dist[\\/]src[\\/]\w+\.js$/ }, async ({ path }) =>
        basename(path) === name ? { contents: await contentsOf(await import(pathToFileURL(path))) } : undefined,
      );
    make('help.js', async ({ helpText }) => `export const helpText = async () => ${JSON.stringify(await helpText())};`);
    make('version.js', ({ version }) => `export const version = () => ${JSON.stringify(version())};`);
    make('beforehand.js', async ({ templateText }) => {
      const { Blocks } = await import('./dist/src/blocks.js');
      const texts = readdirSync(join(root, 'templates')).map((name) => [name, templateText(name)]);
      const chunks = texts.flatMap(([, text]) => new Blocks(text).repeatable);
      return `const texts = ${JSON.stringify(Object.fromEntries(texts))};
        let chunks;
        export const templateText = (name) => texts[name];
        export const parsedBefore = (text) =>
          (chunks ??= new Map(JSON.parse(${JSON.stringify(JSON.stringify(chunks))}))).get(text);`;
    });
  },
};

/** Of what yargs helps with only its parser is needed: all else would look around for translations and a package.json. */
const yargsToParse = {
  name: 'yargs-to-parse',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]yargs[\\/]helpers[\\/]helpers\.mjs$/ }, ({ path }) => ({
      contents: "export { default as Parser } from 'yargs-parser';",
      resolveDir: dirname(path),
    }));
  },
};

/**
 * To import a module of Node.js makes another module of all that it can ever be asked for, streams of the process among it; to ask
 * for it does not. A tenth of the time that Node.js takes to start goes into node:crypto, and only who writes or makes certain
 * reports needs it.
 */
const builtInModules = {
  name: 'built-in-modules',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[a-z_:/]+$/ }, ({ path, kind }) =>
      isBuiltin(path) && kind !== 'dynamic-import'
        ? { path: path.replace(/^node:/, ''), namespace: 'built-in', sideEffects: false }
        : undefined,
    );
    onLoad({ filter: /./, namespace: 'built-in' }, ({ path }) => {
      const own = process.getBuiltinModule(path);
      // What has a getter is made when somebody asks for it, streams of files among it, and nobody here does.
      const names = Object.entries(Object.getOwnPropertyDescriptors(own)).flatMap(([name, { get }]) =>
        path !== 'process' && /^\w+$/.test(name) && name !== 'default' && !get ? [name] : [],
      );
      const lines = names.map((name) =>
        path === 'crypto' && typeof own[name] === 'function'
          ? `export const ${name} = (...given) => process.getBuiltinModule('${path}').${name}(...given);`
          : `export const ${name} = /* @__PURE__ */ (() => own.${name})();`,
      );
      const whole = `/* @__PURE__ */ (() => process.getBuiltinModule('${path}'))()`;
      return { contents: [`const own = ${whole};`, ...lines, 'export default own;'].join('\n') };
    });
  },
};

/** Of these an ordinary run uses nothing, and they are a third of all code. */
const SELDOM =
  /(?:^|[\\/])(?:decode-named-character-reference|github-slugger|markdown-table|mdast-util-to-markdown|remark-frontmatter|string-width|wrap-ansi)(?:[\\/]index\.js)?$|[\\/](?:failure|quoted|refusal|selector|write)\.js$/;

/**
 * In place of what is seldom used stands what loads it when something of it is first used, with nothing to wait for. All of
 * it must be functions, or objects of functions.
 */
const seldomUsed = {
  name: 'seldom-used',
  setup({ onResolve, onLoad, resolve }) {
    onResolve({ filter: SELDOM }, async ({ path, pluginData, ...importer }) => {
      if (pluginData === 'itself' || importer.namespace === 'seldom') return undefined;
      const own = await resolve(path, { ...importer, pluginData: 'itself' });
      return { path: relative(root, own.path), namespace: 'seldom', sideEffects: false };
    });
    onLoad({ filter: /./, namespace: 'seldom' }, async ({ path }) => {
      const whole = join(root, path);
      const names = Object.keys(await import(pathToFileURL(whole)));
      const contents = `let own;
        const late = (name) => {
          const get = () => (own ??= NOW(import(${JSON.stringify(whole)})))[name];
          return new Proxy(function () {}, {
            apply: (_, self, given) => Reflect.apply(get(), self, given),
            construct: (_, given) => Reflect.construct(get(), given),
            get: (_, key) => get()[key],
          });
        };
        ${names.map((name) => `const ${name === 'default' ? 'whole' : name} = late('${name}');`).join('\n')}
        export { ${names.map((name) => (name === 'default' ? 'whole as default' : name)).join(', ')} };`;
      return { contents, resolveDir: root };
    });
  },
};

/**
 * fdir looks for a package beside it that it can do without: nothing is loaded that is not in the bundle. And it takes node:fs by
 * all its names, which are not the same in every Node.js; some say that they are outdated when somebody looks at them.
 */
const nothingBeside = {
  name: 'nothing-beside',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]fdir[\\/]dist[\\/]index\.mjs$/ }, ({ path }) => {
      const without = [
        [/__require\.resolve\("picomatch"\);\s*pm = __require\("picomatch"\);/g, ''],
        [/import \* as nativeFs from "fs";/g, 'import nativeFs from "fs";'],
      ];
      let contents = readFileSync(path, 'utf8');
      for (const [there, instead] of without) {
        if (contents.match(there)?.length !== 1) throw new Error(`Expected ${there} once in ${path}`);
        contents = contents.replace(there, instead);
      }
      return { contents, resolveDir: dirname(path) };
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
