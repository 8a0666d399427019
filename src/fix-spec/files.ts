import { isAbsolute, join, posix, resolve } from 'node:path';
import { textDocument } from '../document.js';
import { FileError, readSource } from '../file.js';
import { findPassages } from '../passage.js';
import type { Patch, Unclear } from '../patch.js';
import { isInside, search, shownPath, standsFile } from '../targets.js';
import type { FixChange } from './fix-spec.js';

/** The changes of a fix spec to one file. */
export interface FixTarget {
  /** Relative to the working directory, with `/`. */
  readonly shown: string;
  /** Absolute; absent when no such file can be patched. */
  readonly path?: string;
  readonly patches: readonly Patch[];
}

/**
 * The files that a fix spec changes, in the order in which it names them. A change whose file cannot be told is there too, as one
 * that says so.
 *
 * @param named absolute paths given beside the fix spec: the file of changes that name none, and else the only ones that count
 * @param own path of the fix spec, absolute
 */
export async function filesOf(
  changes: readonly FixChange[],
  cwd: string,
  own: string,
  named: readonly string[],
): Promise<FixTarget[]> {
  const found = await Promise.all(changes.map((change) => fileOf(change, changes, cwd, own, named)));
  const targets = new Map<string, { shown: string; path?: string; patches: Patch[] }>();
  for (const [index, { patch }] of changes.entries()) {
    const file = found[index] as Found;
    if (file.path !== undefined && named.length > 0 && !named.includes(file.path)) continue;
    const shown = file.path === undefined ? file.shown : shownPath(cwd, file.path);
    const target = targets.get(shown) ?? { shown, ...(file.path !== undefined && { path: file.path }), patches: [] };
    targets.set(shown, target);
    target.patches.push(file.path === undefined ? { ...patch, change: { kind: 'unclear', why: file.why } } : patch);
  }
  return [...targets.values()];
}

type Found = { readonly path: string } | { readonly path?: undefined; readonly shown: string; readonly why: Unclear };

async function fileOf(
  change: FixChange,
  changes: readonly FixChange[],
  cwd: string,
  own: string,
  named: readonly string[],
): Promise<Found> {
  const { instruction } = change;
  if (instruction.file !== undefined) return resolveFile(instruction.file, cwd);
  const [only] = named;
  if (only !== undefined && named.length === 1) return { path: only };
  const nobody: Found = { shown: shownPath(cwd, own), why: 'no file' };
  if (instruction.isDelta) return (await deltaFile(changes, cwd, own)) ?? nobody;
  const siblings = changes.filter(
    ({ instruction: { title, file } }) => title === instruction.title && file === undefined,
  );
  const mentioned = await impliedFile(change, cwd);
  if (mentioned !== undefined) return { path: mentioned };
  const others = new Set(
    (await Promise.all(siblings.map((one) => impliedFile(one, cwd)))).filter((path) => path !== undefined),
  );
  const [shared] = others;
  return others.size === 1 && shared !== undefined ? { path: shared } : nobody;
}

async function resolveFile(written: string, cwd: string): Promise<Found> {
  const shown = written.replace(/^(?:[a-z]:)?[\\/]+/i, '');
  const path = resolve(cwd, written);
  if (!isInside(cwd, path)) return { shown, why: 'outside' };
  if (standsFile(path)) return { path };
  if (isAbsolute(written)) return { shown: shownPath(cwd, path), why: 'absent file' };
  const ending = posix.normalize(written.replaceAll('\\', '/'));
  const found = await search(`**/${ending.replace(/[*?[\]{}()!+@]/g, '\\$&')}`, cwd);
  const [first] = found;
  if (found.length === 1 && first !== undefined) return { path: first };
  return { shown, why: found.length === 0 ? 'absent file' : 'several files' };
}

// Of the files that a change speaks of, the one in which the text it quotes stands.
async function impliedFile({ instruction: { mentions, order } }: FixChange, cwd: string): Promise<string | undefined> {
  if (order.kind !== 'substitute') return undefined;
  const paths = (await Promise.all(mentions.slice(0, 20).map((mention) => resolveFile(mention, cwd)))).flatMap(
    ({ path }) => path ?? [],
  );
  const texts = [order.current.text, ...(order.wanted ? [order.wanted.text] : [])];
  const holding = [...new Set(paths)].filter((path) => {
    const text = readText(path);
    if (text === undefined) return false;
    const document = textDocument(path, text);
    return texts.some((quotation) => findPassages(document, quotation).length > 0);
  });
  return holding.length === 1 ? holding[0] : undefined;
}

// OpenSpec keeps the delta of a capability under the path of its spec; a delta from elsewhere fits the one spec that has the
// requirements it changes.
async function deltaFile(changes: readonly FixChange[], cwd: string, own: string): Promise<Found | undefined> {
  const parts = own.replaceAll('\\', '/').split('/');
  const changesAt = parts.findLastIndex((part, at) => part === 'changes' && parts[at - 1] === 'openspec');
  const specsAt = changesAt === -1 ? -1 : parts.indexOf('specs', changesAt + 2);
  if (specsAt !== -1) {
    const capability = parts.slice(specsAt + 1).join('/');
    const path = join(cwd, 'openspec/specs', capability);
    return standsFile(path) ? { path } : { shown: `openspec/specs/${capability}`, why: 'absent file' };
  }
  const specs = await search('openspec/specs/**/spec.md', cwd);
  const names = changes.flatMap(({ instruction: { order } }) => {
    if (order.kind === 'section') return [order.name];
    return order.kind === 'substitute' ? [order.current.text.replace(/^#+ /, '')] : [];
  });
  const counts = specs.map((path) => {
    const headings = new Set(
      readText(path)
        ?.split(/\r?\n/)
        .map((line) => line.replace(/^#+ /, '').trim()),
    );
    return names.filter((name) => headings.has(name)).length;
  });
  const most = Math.max(names.length > 0 ? 1 : 0, ...counts);
  const fitting = specs.filter((_, index) => counts[index] === most);
  const [only] = fitting;
  return fitting.length === 1 && only !== undefined ? { path: only } : undefined;
}

/** The texts of the files that can be read, for what they can tell of damaged characters. */
export function textsOf(targets: readonly FixTarget[]): string[] {
  return targets.flatMap(({ path }) => (path === undefined ? [] : (readText(path) ?? [])));
}

// What cannot be read is told when it is patched.
function readText(path: string): string | undefined {
  try {
    return readSource(path).text;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
