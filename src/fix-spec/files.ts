import { isAbsolute, join, posix, resolve, sep } from 'node:path';
import { textDocument } from '../document.js';
import { FileError, readSource } from '../file.js';
import { search } from '../glob.js';
import { headingName } from '../hint.js';
import { findPassages } from '../passage.js';
import type { Patch, Unclear } from '../patch.js';
import { followed, isInside, shownPath, standsFile } from '../targets.js';
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
  const finder = new Finder(cwd, own);
  const found: Found[] = [];
  for (const change of changes) found.push(await finder.fileOf(change, changes, named));
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

/** Looks for files, each name once. */
class Finder {
  readonly #cwd: string;
  readonly #own: string;
  readonly #found = new Map<string, Promise<Found>>();
  readonly #implied = new Map<FixChange, Promise<string | undefined>>();
  readonly #texts = new Map<string, string | undefined>();

  constructor(cwd: string, own: string) {
    this.#cwd = cwd;
    this.#own = own;
  }

  async fileOf(change: FixChange, changes: readonly FixChange[], named: readonly string[]): Promise<Found> {
    const { instruction } = change;
    if (instruction.file !== undefined) return this.#resolve(instruction.file);
    const [only] = named;
    if (only !== undefined && named.length === 1) return { path: only };
    const nobody: Found = { shown: shownPath(this.#cwd, this.#own), why: 'no file' };
    if (instruction.isDelta) return (await deltaFile(changes, this.#cwd, this.#own)) ?? nobody;
    const mentioned = await this.#impliedFile(change);
    if (mentioned !== undefined) return { path: mentioned };
    // The other changes under the same heading may tell.
    const siblings = changes.filter(
      ({ instruction: one }) => one.title === instruction.title && one.file === undefined,
    );
    const others = new Set<string>();
    for (const sibling of siblings) {
      const path = await this.#impliedFile(sibling);
      if (path !== undefined) others.add(path);
    }
    const [shared] = others;
    return others.size === 1 && shared !== undefined ? { path: shared } : nobody;
  }

  #resolve(written: string): Promise<Found> {
    const known = this.#found.get(written) ?? this.#resolveNew(written);
    this.#found.set(written, known);
    return known;
  }

  async #resolveNew(written: string): Promise<Found> {
    if (written === '') return { shown: shownPath(this.#cwd, this.#own), why: 'unread file' };
    const ending = posix.normalize(written.replaceAll('\\', '/'));
    const shown = ending.replace(/^(?:[a-z]:)?(?:\.{0,2}\/){1,40}/i, '');
    const path = resolve(this.#cwd, written);
    const isGit = ending.split('/').includes('.git');
    if (isGit || !isInside(this.#cwd, path) || !isInside(followed(this.#cwd), followed(path)))
      return { shown, why: 'outside' };
    if (path === this.#own) return { shown, why: 'itself' };
    if (standsFile(path)) return { path };
    if (isAbsolute(written)) return { shown: shownPath(this.#cwd, path), why: 'absent file' };
    // Whatever its letter case, so that `readme.md` never means another than the README beside it.
    const pattern = `**/${ending.replace(/[*?[\]{}()!+@\\]/g, '\\$&')}`;
    const found = (await search(pattern, this.#cwd, { isCaseFolded: true })).filter(
      (one) => one !== this.#own && !isVendored(shownPath(this.#cwd, one).slice(0, -ending.length)),
    );
    const [first] = found;
    if (found.length === 1 && first?.endsWith(ending.split('/').join(sep))) return { path: first };
    return { shown, why: found.length > 1 ? 'several files' : 'absent file' };
  }

  // Of the files that a change speaks of, the one in which the text it quotes stands.
  #impliedFile(change: FixChange): Promise<string | undefined> {
    const known = this.#implied.get(change) ?? this.#impliedNew(change);
    this.#implied.set(change, known);
    return known;
  }

  async #impliedNew({ instruction: { mentions, order } }: FixChange): Promise<string | undefined> {
    if (order.kind !== 'substitute') return undefined;
    const paths = new Set<string>();
    for (const mention of mentions.slice(0, 20)) {
      const { path } = await this.#resolve(mention);
      if (path !== undefined) paths.add(path);
    }
    const texts = [order.current.text, ...(order.wanted ? [order.wanted.text] : [])];
    const holding = [...paths].filter((path) => {
      const text = this.#textOf(path);
      if (text === undefined) return false;
      const document = textDocument(path, text);
      return texts.some(
        (quotation) => findPassages(document, quotation, ['exact', 'part of a line', 'white space']).length > 0,
      );
    });
    return holding.length === 1 ? holding[0] : undefined;
  }

  #textOf(path: string): string | undefined {
    if (!this.#texts.has(path)) this.#texts.set(path, readText(path));
    return this.#texts.get(path);
  }
}

// Copies of other people's files, and what was built.
function isVendored(folder: string): boolean {
  const parts = folder.split('/');
  return parts.some((part) => /^(?:vendor|third_party|build|out|target|coverage|\.cache|\.venv|\.git)$/.test(part));
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
    // A renaming may have been carried out.
    const both = order.kind === 'substitute' ? [order.current.text, order.wanted?.text ?? ''] : [];
    return both.map((heading) => headingName(heading));
  });
  const counts = specs.map((path) => {
    const headings = new Set(readText(path)?.split(/\r?\n/).map(headingName));
    return names.filter((name) => headings.has(name)).length;
  });
  const most = Math.max(names.length > 0 && specs.length > 1 ? 1 : 0, ...counts);
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
