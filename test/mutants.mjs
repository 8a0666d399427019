// Deliberate breakages that the suite must catch: `npm run mutants [name…]`. Each is made in a copy of the project, where
// the tests then have to fail: those near the file first, then the quick ones, then all. Prints a line per mutant; exit 1
// when one survives or no longer applies.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Name, file, what stands there, what stands there instead. */
const MUTANTS = [
  ['a BOM is not counted', 'src/blocks.ts', 'text.startsWith(BOM) ? 1 : 0', '0'],
  [
    'front matter is always on',
    'src/chunks.ts',
    'if (isFence(at)) return at + 1;\n  return 0;',
    'if (isFence(at)) return at + 1;\n  return 1;',
  ],
  [
    'the normal form keeps line breaks',
    'src/markdown.ts',
    "if (node.type === 'text') node.value = foldSpace(node.value);",
    '',
  ],
  [
    'separators belong to sections',
    'src/document.ts',
    "new Set(['thematicBreak', 'definition', 'footnoteDefinition'])",
    'new Set()',
  ],
  [
    'no block is ever open',
    'src/document.ts',
    "if (block.type === 'code') {\n    const fence",
    "if (block.type !== 'root') return false;\n  if (block.type === 'code') {\n    const fence",
  ],
  ['no fence is ever in doubt', 'src/document.ts', 'if (line === undefined) continue;', 'continue;'],
  ['details are never open', 'src/html.ts', 'return open.find(({ hides }) => hides);', 'return undefined;'],
  ['LF is always the line end', 'src/document.ts', "return crlf > lf ? '\\r\\n' : '\\n';", "return '\\n';"],
  ['clashes are not found', 'src/edit.ts', 'if (next && next.span.start < edit.span.end) return [edit, next];', ''],
  ['the diff forgets missing newlines', 'src/diff.ts', ", '\\\\ No newline at end of file']", ']'],
  ['the first of several headings is taken', 'src/anchor.ts', 'if (first && sections.length === 1)', 'if (first)'],
  [
    'letter case is never folded',
    'src/anchor.ts',
    "['exact', 'undecorated', 'letter case']",
    "['exact', 'undecorated']",
  ],
  ['ancestors do not matter', 'src/anchor.ts', 'if (at === -1) return false;', 'if (at === -1) return true;'],
  ['hidden headings are not seen', 'src/anchor.ts', 'hidden ??= {', 'if (Math.random() < 0) hidden ??= {'],
  ['indented fences get flush text', 'src/status.ts', 'after.replace(/^(?=.)/gm, indent)', 'after'],
  ['a renamed section is inserted again', 'src/status.ts', 'present ?? findTwin(document, change.template)', 'present'],
  [
    'the result is not looked for elsewhere',
    'src/status.ts',
    "if (done) return { status: { state: 'applied', span: spanOf(done.node) }",
    "if (!done && done) return { status: { state: 'applied', span: spanOf(done.node) }",
  ],
  [
    'lines count without their content',
    'src/status.ts',
    'if (isAfter(location.fence) || change.before.test(location.fence.node.value)) {',
    'if (location.fence) {',
  ],
  [
    'sections go right behind their anchor',
    'src/status.ts',
    "kind === 'append' ? place.depth : Math.min(place.depth, depth)",
    'place.depth',
  ],
  ['no blank line before', 'src/status.ts', 'document.eol + document.eol + bodyOf', 'document.eol + bodyOf'],
  [
    'templates keep LF',
    'src/status.ts',
    "return text.trimEnd().replaceAll('\\n', eol);",
    'return text.trimEnd() + (eol ? "" : "");',
  ],
  ['no blank line behind', 'src/plan.ts', '!isBlankAfter(document.text, end)', 'false'],
  ['depth does not order insertions', 'src/plan.ts', 'return byDepth ||', 'return 0 * byDepth ||'],
  [
    'a refused file is patched in part',
    'src/plan.ts',
    'if (entries.some(({ status }) => isRefused(status)))',
    'if (entries.length < 0)',
  ],
  [
    'drift is always overwritten',
    'src/plan.ts',
    "status.state === 'drifted' && overwrite",
    "status.state === 'drifted'",
  ],
  ['the structure is not proven', 'src/verify.ts', '...structureFindings(plan, after),', ''],
  ['nothing is read back', 'src/verify.ts', '...readBack(plan, after),', ''],
  ['failing claims are let through', 'src/verify.ts', "(holds ? [] : [{ kind: 'claim', patch, check }])", '[]'],
  ['bytes are decoded with replacement', 'src/file.ts', 'if (!isUtf8(bytes))', 'if (bytes.length < 0)'],
  ['a lone CR is let through', 'src/file.ts', 'if (cr !== -1) {', 'if (cr < -1) {'],
  ['foreign changes are overwritten', 'src/write.ts', '|| !now.bytes.equals(source.bytes)', ''],
  ['other runs are not looked for', 'src/write.ts', 'claim(path, temporary);', ''],
  ['leftovers stay', 'src/write.ts', '() => rmSync(join(dirname(path), name), { force: true }),', '() => {},'],
  ['a short write counts as whole', 'src/write.ts', 'done += written;', 'done = bytes.length;'],
  ['the size is not looked at', 'src/write.ts', 'if (made.size !== bytes.length)', 'if (made.size < 0)'],
  ['the file is not synced', 'src/write.ts', 'fsyncSync(file);', ''],
  ['the directory is not synced', 'src/write.ts', '  syncDirectory(dirname(path));\n', ''],
  ['the owner is lost', 'src/write.ts', 'if (made.uid !== uid || made.gid !== gid)', 'if (made.size < 0)'],
  ['a mode that is lost is not seen', 'src/write.ts', 'if (fstatSync(file).mode !== mode)', 'if (mode < 0)'],
  ['what failed leaves its file', 'src/write.ts', 'rmSync(temporary, { force: true });', ''],
  ['links are followed', 'src/write.ts', "openSync(temporary, 'wx', 0o600)", "openSync(temporary, 'w', 0o600)"],
  ['a name can be foreseen', 'src/write.ts', "randomBytes(6).toString('hex')", "'000000000000'"],
  [
    'read-only files are replaced',
    'src/write.ts',
    'accessSync(path, constants.W_OK);',
    'accessSync(path, constants.F_OK);',
  ],
  [
    'the same id is the same run',
    'src/write.ts',
    'Number(pid) === process.pid ? age <= 1000 * process.uptime() : isRunning(Number(pid))',
    'isRunning(Number(pid))',
  ],
  ['age tells nothing', 'src/write.ts', 'if (Math.abs(age) > 60_000) return false;', ''],
  ['hard links are split', 'src/write.ts', 'if (stats.nlink > 1)', 'if (stats.nlink > 99)'],
  ['the mode is lost', 'src/write.ts', 'fchmodSync(file, mode & 0o7777);', ''],
  [
    'discovery leaves the repository',
    'src/targets.ts',
    'if (directory === (root ?? cwd)) break;',
    'if (directory === dirname(directory)) break;',
  ],
  [
    'check never fails',
    'src/run.ts',
    "return mode === 'check' && changed ? EXIT.pending : EXIT.done;",
    'return EXIT.done;',
  ],
  ['a preview writes', 'src/run.ts', "if (mode !== 'write' || ", 'if (mode === undefined || '],
  [
    'the worst code does not win',
    'src/result.ts',
    'Object.values(EXIT).find((code) => codes.includes(code))',
    'codes.at(-1)',
  ],
  [
    'text is not made harmless',
    'src/report/terminal.ts',
    'text.replace(UNSAFE, escaped)',
    'text.replace(/never/, escaped)',
  ],
  ['only spaces precede a command', 'src/report/terminal.ts', '([\\t\\v\\f\\u0085\\uFEFF\\p{Zs}]*)', '([ \\t]*)'],
  ['a raw diff may command', 'src/report/terminal.ts', 'return `::stop-commands::', 'return patch; `::stop-commands::'],
  [
    'JSON acts on terminals',
    'src/report/terminal.ts',
    '.replace(UNSAFE, (character) =>\n',
    '.replace(/never/, (character) =>\n',
  ],
  [
    'arrows are not read',
    'src/evidence/drawing.ts',
    'if (labelled) labelled.arrow = lanesOfArrow(arrow, columns);',
    'if (labelled) continue;',
  ],
  ['any block with a drawing in it counts', 'patches/flow-diagram.ts', 'if (!drawing?.isWhole)', 'if (!drawing)'],
  ['comments are code', 'src/evidence/python.ts', "done += source[at] === '#' || strings ?", 'done += strings ?'],
  ['one owner is enough', 'patches/database-schema.ts', 'statement.owner !== owner', 'statement.owner === undefined'],
  ['SQL comments are read', 'src/evidence/sql.ts', '/--[^\\n]*|', '/--|'],
  ['a way back drops keys', 'src/evidence/sql.ts', 'if (!isOwnBlock) return;', ''],
  ['nesting has no limit', 'src/nesting.ts', 'throw new NestingError(line)', 'line += 0'],
  ['code nests', 'src/nesting.ts', '5 * MAX_NESTING', 'MAX_NESTING'],
  ['code nests without end', 'src/nesting.ts', '5 * MAX_NESTING', '1e9'],
  ['a rule nests', 'src/nesting.ts', 'count > most && !isThematicBreak', 'count > most'],
  ['time has no limit', 'src/run.ts', 'settings.deadline ?? deadlineFor(text)', '1e9'],
  ['large texts share the heap', 'src/workshop.ts', 'text.length > largest()', 'text.length < 0'],
  [
    'a report follows links',
    'src/report/file.ts',
    'O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK',
    'O_WRONLY | O_CREAT | O_NONBLOCK',
  ],
  ['a report may be a spec by another name', 'src/report/file.ts', 'one.ino === other.ino', 'one.ino < 0'],
  ['reports go through linked directories', 'src/outputs.ts', 'refuseLinkedDirectory(path, io.cwd);', ''],
  [
    'another file may take the place of the one read',
    'src/write.ts',
    'if (!isSameFile(regular(path), stats)) throw changed();\n  if',
    'if',
  ],
  ['links of other repositories are trusted', 'src/targets.ts', 'return outermost;', 'return undefined;'],
  ['files have no size limit', 'src/run.ts', 'readSource(path, settings.maxSize)', 'readSource(path, 1e9)'],
  ['linked directories are passed', 'src/targets.ts', 'if (linked === -1) return;', 'return;'],
  [
    'an edit may part a character',
    'src/edit.ts',
    'if (isInside(text, span.start) || isInside(text, span.end)) {',
    'if (text === "") {',
  ],
  ['a template may hold anything', 'src/template.ts', 'if (unfit !== undefined)', 'if (unfit === "")'],
  ['labels may lead elsewhere', 'src/verify.ts', 'if (meant && found && sameNode(meant, found)) return;', 'return;'],
  ['labels of templates may lead elsewhere', 'src/verify.ts', 'const own = definitionsOf(blocks);', 'const own = now;'],
  ['fragments may lead elsewhere', 'src/verify.ts', '...fragmentFindings(plan.document, after, regions),', ''],
  [
    'headings may change their parents',
    'src/verify.ts',
    "return moved ? [{ kind: 'parent'",
    "return moved?.line === 0 ? [{ kind: 'parent'",
  ],
  ['a template may fold what follows', 'src/verify.ts', 'if (!open) return [];', 'if (open?.line !== 0) return [];'],
  ['a section never ends in definitions', 'src/status.ts', 'separatorsAtEnd(template.blocks)', '0'],
  ['a short line is a fingerprint', 'src/status.ts', 'if (body.length < 100) return undefined;', ''],
  ['the same text comes in twice', 'src/plan.ts', '?? findTwins(edits)', ''],
  ['changes come in any order', 'src/plan.ts', 'if (behind) offset = behind.span.end;', 'if (behind) break;'],
  ['an earlier change brings no place', 'src/plan.ts', 'isDone = grown === undefined;', 'isDone = true;'],
  ['line numbers are always believed', 'src/plan.ts', 'isTrusted: trust >= 0', 'isTrusted: true'],
  ['lines are not counted back', 'src/plan.ts', 'line - moves.filter', 'line - 0 * moves.filter'],
  [
    'half a change will do',
    'src/verify.ts',
    "status.state === 'drifted' && !edit && patch.checks.length === 0",
    'false',
  ],
  [
    'comments are instructions',
    'src/fix-spec/pieces.ts',
    "isComment || line.trimStart().startsWith('<!--')",
    'isComment',
  ],
  [
    'inner fences need no partner',
    'src/fix-spec/pieces.ts',
    'return [...isOpen.values()].every((one) => !one);',
    'return true;',
  ],
  ['a stray fence stays', 'src/fix-spec/pieces.ts', 'if (left.has(at)) return [];', ''],
  ['a closing fence keeps its length', 'src/fix-spec/pieces.ts', 'found?.closings.get(at) ?? own', 'own'],
  ['words may stand before a block', 'src/fix-spec/instructions.ts', 'else if (this.#isSaid()) this.#drop();', ''],
  [
    'options are alternatives for nobody',
    'src/fix-spec/instructions.ts',
    "last.doubt = 'options';\n    } else {",
    '} else {',
  ],
  ['elisions are written', 'src/fix-spec/instructions.ts', 'wanted && isLeftOut(wanted, current)', 'false'],
  ['several places are one', 'src/fix-spec/instructions.ts', "hints.isSeveral && order.kind !== 'unclear'", 'false'],
  ['what was rejected is done', 'src/fix-spec/instructions.ts', 'if (WITHDRAWN.test(unit.title)) return [];', ''],
  ['damaged text is written', 'src/fix-spec/fix-spec.ts', 'order.wanted && isDamaged(order.wanted, damaged)', 'false'],
  ['files may lie outside', 'src/fix-spec/files.ts', 'isGit || !isInside(this.#cwd, path) ||', ''],
  [
    'the fix spec changes itself',
    'src/fix-spec/files.ts',
    "if (path === this.#own) return { shown, why: 'itself' };",
    '',
  ],
  ['copies of others are meant', 'src/fix-spec/files.ts', '!isVendored(', '!!('],
  ['a scenario may be lost', 'src/status.ts', 'lost.length > 0\n', 'lost.length < 0\n'],
  // Patches of users.
  [
    'remark loses what another plugin changed',
    'src/remark.ts',
    'if (signature(tree) === signature(untouched)) return;',
    'return;',
  ],
  [
    'remark writes what it could not read',
    'src/remark.ts',
    "if (value.includes('\\uFFFD')) {",
    "if (value.includes('never')) {",
  ],
  ['remark writes Markdown anew', 'src/remark.ts', 'return own.text;', 'return compiler(tree, compiled);'],
  [
    'judges may change the document',
    'src/blocks.ts',
    'this.#read.set(chunk, frozen(blocks));',
    'this.#read.set(chunk, blocks);',
  ],
  [
    'any answer of a judge will do',
    'src/define.ts',
    "if (typeof holds !== 'boolean' || !isTexts(evidence))",
    'if (false)',
  ],
  ['strange keys of a patch are passed over', 'src/define.ts', '!keys.includes(key)', '!key'],
  ['a judge that hangs is the document', 'src/run.ts', 'if (code !== undefined) throw', 'if (code === null) throw'],
  [
    'the code that hung stays to blame',
    'src/define.ts',
    '  const ended = running;\n  running = undefined;',
    '  const ended = running;',
  ],
  [
    'files are written before all of a module is done',
    'src/commands.ts',
    '...(module !== undefined && { choose:',
    '...(module === null && { choose:',
  ],
  // Reports.
  [
    'a page lets scripts through',
    'src/report/rendered.ts',
    '.use(rehypeSanitize, { ...defaultSchema, clobberPrefix: prefix })',
    '',
  ],
  ['a page loads images', 'src/report/rendered.ts', "if (tagName === 'img')", "if (tagName === 'never')"],
  ['ids of a page are not its own', 'src/report/rendered.ts', 'parts += 1;', ''],
  [
    'a page keeps CRs',
    'src/report/rendered.ts',
    "visible(node.value.replaceAll('\\r\\n', '\\n'))",
    'visible(node.value)',
  ],
  [
    'new lines are numbered as old ones',
    'src/report/diff-table.ts',
    'rows.push({ after: after++, content });',
    'rows.push({ after: before + rows.length, content });',
  ],
  ['the policy allows nothing', 'src/report/html.ts', "digest('base64')", "digest('hex')"],
  [
    'words that differ are not marked',
    'src/report/diff-table.ts',
    'isMarked ? h(tag, visible(piece))',
    'isMarked && tag === "x" ? h(tag, visible(piece))',
  ],
  [
    'a comment is as long as it gets',
    'src/report/markdown.ts',
    'if (render(count).length < room)',
    'if (render(count).length < 1e9)',
  ],
  [
    'a comment calls people',
    'src/report/markdown.ts',
    "pieces.push(text(part.slice(at, index + reference.length)), html('<!-- -->'));",
    'pieces.push(text(part.slice(at, index + reference.length)));',
  ],
  ['questions are ticked', 'src/report/markdown.ts', 'checked: false,', 'checked: true,'],
  ['the diff in a comment loses its last line', 'src/report/markdown.ts', "replace(/\\n$/, '')", 'trimEnd()'],
  ['annotations are not escaped', 'src/report/github.ts', ".replaceAll('%', '%25')", ''],
  ['annotations name files from the working directory', 'src/report/github.ts', 'posix.join(prefix, path)', 'path'],
  ['annotations lose their properties at a comma', 'src/report/github.ts', ".replaceAll(',', '%2C')", ''],
  ['what was written is still to be done', 'src/report/sarif.ts', '(written && patch.isEdited)', 'false'],
  [
    'fixes replace nothing',
    'src/report/sarif.ts',
    'deletedRegion: regionOf(before, span)',
    'deletedRegion: regionOf(before, { start: span.start, end: span.start })',
  ],
  [
    'findings are new whenever lines move',
    'src/report/sarif.ts',
    'JSON.stringify([path, id, state])',
    'JSON.stringify([path, id, state, Math.random()])',
  ],
  [
    'marks stand where characters are counted',
    'src/report/frame.ts',
    'width: stringWidth(shown)',
    'width: shown.length',
  ],
  ['a long line is shown whole', 'src/report/frame.ts', 'room - part.width >= 1', 'true'],
  ['a header is painted in a hunk', 'src/report/text.ts', 'const isInHunk = left > 0;', 'const isInHunk = false;'],
  [
    'lines of a terminal are not broken',
    'src/report/text.ts',
    "columns === undefined || columns < 20 || text === ''",
    'columns !== 0',
  ],
  ['progress is told in a pipe', 'src/report/progress.ts', 'isTerminal && ', ''],
  ['progress is told at once', 'src/report/progress.ts', ' < PATIENCE', ' < -1'],
  [
    'the end of the answers is yes',
    'src/interactive.ts',
    "if (line === undefined) return 'q';",
    "if (line === undefined) return 'a';",
  ],
  [
    'all is for every file',
    'src/interactive.ts',
    'let isAll = false;',
    'let isAll = declined.some((ids) => ids.size === 1) && index > 0;',
  ],
  [
    'files are written while others are asked for',
    'src/batch.ts',
    'if (choose) waiting.push({ task, prepared });',
    'if (choose) { finishFile(prepared, task.settings); waiting.push({ task, prepared }); }',
  ],
  [
    'claims of what was left out are judged',
    'src/batch.ts',
    'patches: patches.filter(({ id }) => !ids.has(id)),',
    'patches,',
  ],
  [
    'false claims of what was left out are not told',
    'src/run.ts',
    '.filter(({ holds }) => !holds)\n        .map(claimResult)',
    '.filter(() => false)\n        .map(claimResult)',
  ],
  [
    'any name will do as a selector',
    'src/report/selector.ts',
    'return sections.length === 1 && sections[0] === section;',
    'return sections.length > 0;',
  ],
  [
    'reasons are read in quoted texts',
    'src/fix-spec/asides.ts',
    "const lines = pieces.filter((piece) => piece.kind === 'text');",
    "const lines = text.split('\\n').map((one, at) => ({ line: at + 1, text: one }));",
  ],
  [
    'a summary takes the place of what is there',
    'src/report/file.ts',
    'if (stats.isFile() && !isAdded)',
    'if (stats.isFile())',
  ],
  ['nothing is near what was typed', 'src/options.ts', "return near !== '' && isNear", "return near === '' && isNear"],
  ['what brought the anchor is a sibling', 'src/plan.ts', ' && !holdsAnchor(rest.span)', ''],
  [
    'a quoted text may pass over a rule',
    'src/passage.ts',
    'if (kinds.join() !== blocks.map(({ type }) => type).join()) return false;',
    '',
  ],
  [
    'a section that was edited since is replaced',
    'src/status.ts',
    'const isOther = before !== undefined && actual !== before.normalForm;',
    'const isOther = false;',
  ],
  [
    'the kit lets claims hold before',
    'src/testing/laws.ts',
    'if (was.holds) return',
    'if (was.holds && !is.holds) return',
  ],
  [
    'the kit takes any second text',
    'src/testing/laws.ts',
    'if (twice.text !== once.text) return failed(',
    'if (twice.text.length < 0) return failed(',
  ],
  ['the kit takes any order', 'src/testing/laws.ts', 'else if (text !== done)', 'else if (text.length < 0)'],
  ['the kit takes any line ends', 'src/testing/laws.ts', 'if (made.text === dress(done)) return [];', 'return [];'],
  [
    'the kit asks once',
    'src/testing/laws.ts',
    'if (known !== undefined && known !== given)',
    'if (known !== undefined && known.length < 0)',
  ],
  ['the kit lets edits of people go', 'src/testing/laws.ts', 'if (made.text === edited.text) return [];', 'return [];'],
  [
    'the kit takes any refusal',
    'src/testing/laws.ts',
    '    return isHarmless ? `It is refused',
    '    return now.isBroken ? `It is refused',
  ],
  [
    'the kit lets text land anywhere',
    'src/testing/laws.ts',
    '} else if (!isAtHome || unmarked(gone)',
    '} else if (homes.length < 0 || unmarked(gone)',
  ],
  [
    'the kit lets other text be replaced',
    'src/testing/laws.ts',
    "unmarked(gone) !== unmarked(removed[at] ?? ''))",
    'removed.length < 0)',
  ],
  ['a recording keeps changes that it cannot tell apart', 'src/record/derive.ts', 'if (clash) return { clash };', ''],
  [
    'a recording takes the first patch that comes',
    'src/record/derive.ts',
    'if (isRight(subject, document, hunk, change)) return change;',
    'return change;',
  ],
  ['a recording does not try its patches', 'src/record/derive.ts', 'if (!failure) return set;', 'return set;'],
  [
    'a recording anchors on any heading of that name',
    'src/record/derive.ts',
    'const isUnique = sections.length === 1 && sections[0]?.span.start === span?.start;',
    'const isUnique = sections.length > 0;',
  ],
  [
    'a recording writes over files',
    'src/record/files.ts',
    'if (exists(path)) throw new FileError(',
    'if (!shown) throw new FileError(',
  ],
  ['a recording follows links', 'src/record/files.ts', 'attemptOn(shown, () => refuseLinkedDirectory(path, cwd));', ''],
  [
    'a recording leaves half of its files',
    'src/record/files.ts',
    'for (const path of made) rmSync(path, { force: true });',
    '',
  ],
  [
    'a text is cut within HTML',
    'src/chunks.ts',
    "if (mark === 'doubt' || (isInDoubt",
    "if (mark === 'other' || (isInDoubt",
  ],
  ['a text is cut within a comment', 'src/chunks.ts', "text.indexOf('-->', ", "text.indexOf('\\n', "],
  ['a shorter fence closes', 'src/chunks.ts', 'mark.startsWith(fence) &&', 'mark[0] === fence[0] &&'],
  ['a lone CR ends no line', 'src/chunks.ts', 'if (/\\r(?!\\n)/.test(text)) {', 'if (text === undefined) {'],
  ['labels of other chunks are not known', 'src/blocks.ts', 'this.#labelsFor(batch));', '[]);'],
  ['references are taken whatever is defined', 'src/blocks.ts', ' && !this.hasLabelsOf(other)', ' && this === other'],
  ['a table hides indented code', 'src/blocks.ts', 'isParagraph = !isTable && !', 'isParagraph = !'],
  ['code in the first line of a list item is missed', 'src/blocks.ts', '*[-*+>.)]|\\]:)(?: {4}', '*[_]|\\]:)(?: {4}'],
  [
    'a setext heading is missed',
    'src/blocks.ts',
    '(?:=+|-+)[ \\t]*(?:[\\r\\n]|$)/.test',
    '(?:=+)[ \\t]*(?:[\\r\\n]|$)/.test',
  ],
  [
    'chunks with brackets are the same whatever is defined',
    'src/verify.ts',
    "(!isEqual && text.includes('['))",
    'false',
  ],
  [
    'chunks that an edit touches are the same',
    'src/verify.ts',
    'span.start < one.end && span.end >= one.start',
    'span.start < 0',
  ],
  ['what stays may move', 'src/verify.ts', ' || originOf(spanOf(found).start, regions) !== start', ''],
  ['a list ends where it goes on', 'src/chunks.ts', '\\r\\n\\d*+>[-]', '\\r\\n>[]'],
  ['a quote ends what an empty line ends', 'src/chunks.ts', '\\d*+>[-]', '\\d*+[-]'],
  ['a footnote ends what an empty line ends', 'src/chunks.ts', '\\d*+>[-]', '\\d*+>-]'],
  [
    'a paragraph ends on every line',
    'src/chunks.ts',
    ' && /^[ \\t]*\\r?\\n$/.test(text.slice(starts[at - 1], start))',
    '',
  ],
  ['only headings and fences cut', 'src/chunks.ts', '!isApart(text, starts, at)', 'at >= 0'],
  ['an escape in a heading is plain text', 'src/markdown.ts', '[^\\0-\\x1F\\\\`*_', '[^\\0-\\x1F`*_'],
  ['an underscore behind a word is plain text', 'src/markdown.ts', '_(?=[A-Za-z\\d_])', '_'],
  ['an underscore before a word is plain text', 'src/markdown.ts', '(?<=[A-Za-z\\d_])_', '_'],
  ['a character reference in a heading is plain text', 'src/markdown.ts', '|&(?= )', '|&'],
  ['front matter is taken over', 'src/blocks.ts', "kind === 'other' || kind === 'heading'", "kind !== 'code'"],
  [
    'what was parsed before stands a line lower',
    'src/blocks.ts',
    'before, chunk.start, chunk.line - 1',
    'before, chunk.start, chunk.line',
  ],
  ['what refers is parsed before', 'src/blocks.ts', " || this.mayHold(chunk, 'reference')", ''],
  ['no chunk that begins at the place counts', 'src/blocks.ts', 'chunk.start < offset &&', 'chunk.end < offset &&'],
  ['no HTML before a place is open', 'src/status.ts', "havingBefore(end, 'html')", "havingBefore(0, 'html')"],
  [
    'what is appended may be shallower than what follows',
    'src/status.ts',
    'parts.some((part) => depth > part.depth)',
    'parts.length < 0',
  ],
  ['a comment behind code is code', 'src/evidence/python.ts', '/[#"\']/', '/["\']/'],
  [
    'a branch is no post',
    'src/evidence/rows.ts',
    'VERTICAL.has(character) || TEE.has(character)',
    'VERTICAL.has(character)',
  ],
  ['boxes have no borders', 'src/evidence/rows.ts', 'isBorder: isBorder(cells)', 'isBorder: false'],
  ['all are ASCII', 'src/words.ts', '/^[\\0-\\x7F]*$/', '/^/'],
  ['an emoji stays', 'src/anchor.ts', '/[!-~]$/.test(name)', 'true'],
  [
    'a schema belongs to the name of a table',
    'src/evidence/ownership.ts',
    '/\\w+(?:\\.[a-z_]\\w*)?/g',
    '/[\\w.]+\\w/g',
  ],
  ['an escape sequence is plain', 'src/report/terminal.ts', 'PLAIN = /^[\\t\\n -~', 'PLAIN = /^[\\t\\n\\x1B -~'],
  ['a soft hyphen is plain', 'src/report/terminal.ts', '\\xA1-\\xAC', '\\xA1-\\xFF'],
  ['a template comes from anywhere', 'src/beforehand.ts', '[a-z0-9_-]{0,63}', '[^]{0,63}'],
  ['a value goes on', 'src/options.ts', "    'greedy-arrays': false,\n", ''],
  ['numbers are read', 'src/options.ts', "    'parse-positional-numbers': false,\n", ''],
  ['negated words are known', 'src/options.ts', "    'boolean-negation': false,\n", ''],
  ['points part names', 'src/options.ts', "    'dot-notation': false,\n", ''],
];

const root = fileURLToPath(new URL('..', import.meta.url));
const PARTS =
  'src patches templates examples snapshots test bin docs .github action.yml .pre-commit-hooks.yaml package.json package-lock.json tsconfig.json tsconfig.build.json bundle.mjs vitest.config.ts CONTRIBUTING.md README.md CHANGELOG.md LICENSE';
const NEAR = {
  'src/beforehand.ts': ['template'],
  'src/anchor.ts': ['anchor', 'hazards'],
  'src/bin.ts': ['limits', 'cli'],
  'src/commands.ts': ['cli', 'limits', 'api'],
  'src/failure.ts': ['cli', 'reports'],
  'src/workshop.ts': ['limits', 'cli'],
  'src/diff.ts': ['diff'],
  'src/document.ts': ['document', 'hazards'],
  'src/edit.ts': ['edit'],
  'src/file.ts': ['file', 'faults'],
  'src/write.ts': ['file', 'faults'],
  'src/html.ts': ['html', 'hazards'],
  'src/blocks.ts': ['blocks'],
  'src/chunks.ts': ['blocks'],
  'src/markdown.ts': ['blocks', 'markdown', 'document'],
  'src/verify.ts': ['blocks', 'hazards'],
  'src/nesting.ts': ['limits'],
  'src/plan.ts': ['hazards', 'testing', 'patches', 'fix-spec', 'fix-spec-reading'],
  'src/fix-spec/pieces.ts': ['fix-spec', 'fix-spec-reading'],
  'src/fix-spec/instructions.ts': ['fix-spec', 'fix-spec-reading'],
  'src/fix-spec/fix-spec.ts': ['fix-spec'],
  'src/fix-spec/files.ts': ['fix-spec-reading', 'fix-spec'],
  'src/place.ts': ['fix-spec', 'fix-spec-places'],
  'src/quoted.ts': ['fix-spec', 'fix-spec-places'],
  'src/passage.ts': ['fix-spec', 'fix-spec-places', 'api'],
  'src/batch.ts': ['interactive'],
  'src/define.ts': ['api'],
  'src/remark.ts': ['remark'],
  'src/fix-spec/asides.ts': ['explain'],
  'src/interactive.ts': ['interactive'],
  'src/options.ts': ['text', 'cli'],
  'src/report/diff-table.ts': ['html-report'],
  'src/report/file.ts': ['limits', 'reports'],
  'src/report/frame.ts': ['text'],
  'src/report/github.ts': ['reports'],
  'src/report/html.ts': ['html-report'],
  'src/report/markdown.ts': ['reports'],
  'src/report/progress.ts': ['text'],
  'src/report/rendered.ts': ['html-report'],
  'src/report/sarif.ts': ['reports'],
  'src/report/selector.ts': ['explain'],
  'src/report/text.ts': ['text'],
  'src/report/terminal.ts': ['inert'],
  'src/record/derive.ts': ['record'],
  'src/record/files.ts': ['record'],
  'src/result.ts': ['cli'],
  'src/run.ts': ['limits', 'refusals'],
  'src/status.ts': ['hazards', 'refusals', 'patches', 'fix-spec'],
  'src/testing/laws.ts': ['testing'],
  'src/targets.ts': ['targets', 'limits'],
  'src/template.ts': ['template'],
};
const SLOW = ['laws', 'cli', 'limits', 'templates', 'regex'];
const NEVER = ['package', 'mission'];

const chosen = process.argv.slice(2);
let caught = 0;
let survived = 0;
for (const [name, file, from, to] of MUTANTS) {
  if (chosen.length > 0 && !chosen.some((part) => name.includes(part))) continue;
  const source = readFileSync(join(root, file), 'utf8');
  if (source.split(from).length !== 2) {
    process.stdout.write(`does not apply  ${name} (${file})\n`);
    survived += 1;
    continue;
  }
  const isCaught = isSeen(
    file,
    source.replace(from, () => to),
  );
  if (isCaught) caught += 1;
  else survived += 1;
  process.stdout.write(`${isCaught ? 'caught        ' : 'SURVIVED      '}  ${name}\n`);
}
process.stdout.write(`${caught} caught, ${survived} not\n`);
process.exitCode = survived === 0 ? 0 : 1;

/** Whether the tests fail with this text in the file. */
function isSeen(file, text) {
  const copy = mkdtempSync(join(tmpdir(), 'fix-auth-spec-mutant-'));
  try {
    for (const part of PARTS.split(' ')) cpSync(join(root, part), join(copy, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
    writeFileSync(join(copy, file), text);
    const node = (script, ...options) =>
      spawnSync(process.execPath, [join(root, 'node_modules', script), ...options], { cwd: copy, timeout: 600_000 });
    // Tests of whole processes run what is built.
    node('typescript/bin/tsc', '-p', 'tsconfig.build.json', '--noEmitOnError', 'false');
    spawnSync(process.execPath, ['bundle.mjs'], { cwd: copy });
    const fails = (...options) => node('vitest/vitest.mjs', 'run', '--bail=1', ...options).status !== 0;
    const paths = (names) => names.map((suite) => `test/${suite}.test.ts`);
    const except = (names) => paths(names).map((path) => `--exclude=${path}`);
    return fails(...paths(NEAR[file] ?? ['claims'])) || fails(...except([...NEVER, ...SLOW])) || fails(...paths(SLOW));
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
