import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { definePatch, definePatchSet, engineSet } from './define.js';
import { readDocument } from './document.js';
import { FileError, readSource } from './file.js';
import type { Io } from './io.js';
import { type Options, UsageError } from './options.js';
import { CommittedError, committedText } from './record/committed.js';
import { plain, RecordError, recordPatches } from './record/derive.js';
import { makeFiles } from './record/files.js';
import { type Files, moduleFiles, type Sources } from './record/modules.js';
import { describePatch } from './report/explain.js';
import { inert } from './report/terminal.js';
import { EXIT, type ExitCode } from './result.js';
import { patchText } from './run.js';
import { exists, repositoryRoot, shownPath } from './targets.js';
import { list, plural } from './words.js';

/**
 * Makes the patch set that makes a spec, as it stands, of the spec as it was: as it was committed last, or another file.
 *
 * @throws UsageError, FileError
 */
export function record(options: Options, io: Io): ExitCode {
  const [spec, former, ...more] = options.specs;
  if (spec === undefined)
    throw new UsageError('Expected the spec that was edited after `record`, as in `record spec.md`');
  if (more[0] !== undefined)
    throw new UsageError(
      `Expected the spec, and the file that it was before, after \`record\`, not \`${more[0]}\` too`,
    );
  const path = resolve(io.cwd, spec);
  const present = readText(path, options, io);
  const was = former === undefined ? committed(path, options, io) : readText(resolve(io.cwd, former), options, io);
  const shown = shownPath(io.cwd, path);
  if (plain(was) === plain(present))
    throw new UsageError(
      `Cannot find a change in \`${shown}\`: it is as ${former === undefined ? 'it was committed; edit it first, and record before you commit' : `\`${former}\` is`}`,
    );
  try {
    if (io.stderr.isTerminal)
      io.stderr.write('Trying the patches on the spec, and on documents that have drifted from it …\n');
    const recorded = recordPatches(targetOf(path, io.cwd), was, present);
    const { directory, index } = placeOf(options.module ?? `patches/${stemOf(path)}/index.mjs`, io.cwd);
    const note = recorded.left.map((where) => `note ${where}: only empty lines differ there, which no patch makes\n`);
    return make({ ...recorded, index }, directory, io, note.join(''));
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    io.stderr.write(inert(`error Cannot record \`${shown}\`: ${error.message}\n`));
    return EXIT.refused;
  }
}

/**
 * Makes a patch set to start from: one patch, that adds a section to a spec, or to an example where none is named.
 *
 * @throws UsageError, FileError
 */
export function scaffold(options: Options, io: Io): ExitCode {
  const [id, spec, ...more] = options.specs;
  if (id === undefined) throw new UsageError('Expected an id after `new`, as in `new refunds`');
  if (!/^[a-z0-9]{1,40}(?:-[a-z0-9]{1,40}){0,8}$/.test(id))
    throw new UsageError(`Expected an id in lower-case words joined by hyphens after \`new\`, not \`${id}\``);
  if (more[0] !== undefined) throw new UsageError(`Expected an id and a spec after \`new\`, not \`${more[0]}\` too`);
  const path = spec === undefined ? undefined : resolve(io.cwd, spec);
  const before = path === undefined ? EXAMPLE : plain(readText(path, options, io));
  const target = path === undefined ? 'specs/001-example/spec.md' : targetOf(path, io.cwd);
  const title = id.replaceAll('-', ' ').replace(/^./, (letter) => letter.toUpperCase());
  const { sections } = readDocument(target, before);
  const anchor = sections.findLast(
    ({ name, depth }) => depth < 6 && sections.filter((one) => one.name === name).length === 1,
  );
  if (!anchor) throw new UsageError(`Cannot find a heading in \`${spec}\` to put a section under`);
  const patch = definePatch({
    id: id as Lowercase<string>,
    title: `Add “${title}”`,
    change: {
      kind: 'append',
      anchors: [{ kind: 'section', path: [anchor.name] }],
      template: `${'#'.repeat(anchor.depth + 1)} ${title}\n\nWhat the spec should say.\n`,
    },
  });
  const set = definePatchSet({ target, patches: [patch] });
  const settings = {
    mode: 'dry-run',
    patches: engineSet(set).patches,
    overwrite: new Set<string>(),
    context: 3,
  } as const;
  const { text: after = before, messages } = patchText(before, target, settings);
  if (after === before)
    throw new UsageError(`Cannot add a section to \`${spec}\`: ${messages[0]?.text ?? `“${title}” is there`}`);
  const { directory, index } = placeOf(options.module ?? `patches/${id}/index.mjs`, io.cwd);
  return make({ set, before, after, index, checks: { [id]: checkOf(title) } }, directory, io);
}

const EXAMPLE = '# Example\n\n## Overview\n\nWhat it is for.\n\n## Details\n\nHow it works.\n';

function checkOf(title: string): string {
  return `  checks: [
    {
      claim: '“${title}” says what the spec should say',
      judge: ({ sections, text }) => {
        const found = sections.find(({ name }) => name === '${title}');
        const holds = found !== undefined && /what the spec should say/i.test(text.slice(found.span.start, found.span.end));
        return { holds, evidence: [found ? \`line \${found.line}\` : 'no such section'] };
      },
    },
  ],
`;
}

function make(sources: Sources, directory: string, io: Io, notes = ''): ExitCode {
  const files: Files = moduleFiles(sources);
  makeFiles(directory, files, io.cwd);
  const where = shownPath(io.cwd, directory);
  const { patches } = engineSet(sources.set);
  io.stdout.write(inert(patches.map((patch) => `${describePatch(patch)}\n`).join('\n')));
  const index = `${where}/${sources.index}`;
  const test = `${where}/${Object.keys(files).find((name) => /\.test\.\w+$/.test(name))}`;
  io.stderr.write(
    inert(`${notes}
${plural(patches.length, 'patch')} made in ${where}: ${list(Object.keys(files))}
Test with node --test ${test}
Preview with fix-auth-spec --patches ${index}
`),
  );
  return EXIT.done;
}

function readText(path: string, { maxSize }: Options, { cwd }: Io): string {
  const shown = shownPath(cwd, path);
  if (!exists(path)) throw new UsageError(`Cannot find \`${shown}\`: there is no such file`);
  try {
    return readSource(path, maxSize).text;
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    throw new FileError(error.problem.code, `Cannot use \`${shown}\`: ${error.message}`, { cause: error });
  }
}

function committed(path: string, { maxSize }: Options, { cwd, env }: Io): string {
  const shown = shownPath(cwd, path);
  try {
    return committedText(path, env, maxSize);
  } catch (error) {
    if (!(error instanceof CommittedError)) throw error;
    throw new UsageError(
      `Cannot find what \`${shown}\` was before: ${error.message}; name a file that holds it, as in \`record ${shown} old.md\``,
    );
  }
}

// Where it stands in its repository, or else under the working directory.
function targetOf(path: string, cwd: string): string {
  const root = repositoryRoot(dirname(path)) ?? cwd;
  const inside = relative(root, path).split(sep).join('/');
  return inside.startsWith('../') || inside === '' ? basename(path) : inside;
}

// “007-billing” of `specs/007-billing/spec.md`, “billing” of `docs/billing.md`.
function stemOf(path: string): string {
  const own = basename(path, extname(path));
  const name = /^(?:spec|plan|readme|index)$/i.test(own) ? basename(dirname(path)) : own;
  return (
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-|-$/g, '') || 'spec'
  );
}

function placeOf(module: string, cwd: string): { directory: string; index: string } {
  const path = resolve(cwd, module);
  if (!/\.m?js$/.test(path))
    throw new UsageError(`Expected a path that ends in \`.mjs\` or \`.js\` after \`--patches\`, not \`${module}\``);
  return { directory: dirname(path), index: basename(path) };
}
