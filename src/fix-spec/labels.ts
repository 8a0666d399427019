/** What a label in a fix spec introduces. */
export type Role = 'current' | 'new' | 'insert' | 'file' | 'location' | 'action' | 'option' | 'prose';

/** A line that introduces something, such as `**Current** (line 8):`. */
export interface Label {
  readonly role: Role;
  /** The words by which it was recognised, folded: `replace with`. */
  readonly name: string;
  /** What else stands on the line: a qualifier, a path, a quoted text. */
  readonly rest: string;
  /** Whether its colon is yet to come, on a later line. */
  readonly isOpen: boolean;
}

/** The words that introduce each role, in the languages met so far; what was measured is in the corpus of real fix specs. */
const WORDS: readonly (readonly [Role, RegExp])[] = [
  [
    'current',
    /^(?:current(?:ly)?|before|old|find|remove|delete|existing|original|incorrect|wrong|変更前|修正前|現在|旧)(?: (?:text|code|content|version|description|lines?|wording|diagram|section|row))?$/,
  ],
  [
    'new',
    /^(?:replace(?:d)? (?:it )?with|replacement|after|new|change(?:d)? (?:it )?to|updated?(?: to)?|proposed|should be|fixed|correct(?:ed)?|変更後|修正後|新)(?: (?:text|code|version|description|lines?|wording|diagram))?$/,
  ],
  [
    'insert',
    /^(?:add|insert|append|text to (?:insert|add)|content(?: to (?:insert|add))?|new (?:content|section|row|text)|(?:add|insert|append) (?:a |the |this |new |following |new ){0,3}(?:section|sub-?section|row|rows|text|line|lines|block|paragraph|item|content|bullet|entry)|追加(?:内容|した.{1,20})?|挿入)$/,
  ],
  ['file', /^(?:files?|target(?: files?)?|path|document|file path|対象ファイル|ファイル|対象)$/],
  [
    'location',
    /^(?:location|what to find|lines?(?: numbers?)?|line range|position|where|place|placement|insertion point|場所|位置|行)$/,
  ],
  ['action', /^(?:action|instructions?)$/],
  ['option', /^(?:option|alternative|variant|案)\b/],
];

/** Words that announce an edit which no block spells out. */
const PROSE =
  /^(?:(?:also|replace|remove|delete|rename|move) \S|change (?!type|log|request|set|summary|list)\S|(?:current|new) (?:column|type|value|name|heading|title|cell|default)\b)/;

/**
 * Reads one line of a fix spec outside of code as a label: bold words, or words alone before a colon.
 *
 * @param line without the line end
 */
export function readLabel(line: string): Label | undefined {
  const text = line.replace(/^\s{0,40}(?:[-*+]|\d{1,3}[.)])?\s{1,8}(?=\S)/, '').trim();
  const bold = /^(?:\*\*|__)([^*_\n]{1,80})(?:\*\*|__)(.{0,2000})$/.exec(text);
  if (bold) {
    const [, words = '', behind = ''] = bold;
    const label = labelOf(words, behind);
    if (/[:：]\s{0,4}$/.test(words) || /^\s{0,4}[:：(（]/.test(behind)) return label;
    // “**Before** you start:” is prose, “**Remove** the text:” an order.
    if (/[:：]/.test(behind) && !(label && isSide(label) && !isVerb(label))) return label;
    if (label?.role === 'prose' && label.name.startsWith('also ')) return label;
    if (/^(?:update|change|rename|move|reword)$/i.test(words) && /^ \S/.test(behind))
      return { role: 'prose', name: words.toLowerCase(), rest: behind.trim(), isOpen: false };
    return label && isSide(label) && isVerb(label) ? { ...label, isOpen: true } : undefined;
  }
  const plain = /^([\p{L} ]{2,40})(\([^()\n]{0,200}\))?\s{0,4}[:：]$/u.exec(text);
  const label = plain && labelOf(plain[1] ?? '', plain[2] ?? '');
  return label && label.role !== 'prose' ? label : undefined;
}

// “**Remove** lines 3 to 5 (the first\nparagraph):” goes on, but “**Before** you start” is prose.
function isVerb({ name }: Label): boolean {
  return /^(?:add|append|insert|remove|delete|find|replace|change)\b/.test(name);
}

function isSide({ role }: Label): boolean {
  return role === 'current' || role === 'new' || role === 'insert';
}

/** Whether a heading offers one of several ways to go. */
export function isOption(text: string): boolean {
  return /^(?:\*\*)?(?:option|alternative|variant|approach|案)\b/i.test(text);
}

/** A heading such as `#### Before` as a label; undefined for headings that say more. */
export function headingLabel(text: string): Label | undefined {
  const label = labelOf(text, '');
  return label?.role === 'current' || label?.role === 'new' ? label : undefined;
}

function labelOf(words: string, behind: string): Label | undefined {
  const name = nameOf(words);
  const [, ...qualifiers] = words.split('(');
  const rest = `${qualifiers.map((part) => `(${part}`).join('')} ${behind.replace(/^\s{0,4}[:：]/, '')}`.trim();
  for (const [role, pattern] of WORDS) if (pattern.test(name)) return { role, name, rest, isOpen: false };
  // “Line 169: change …” is a place and an order in one.
  if (/^lines? \d/.test(name)) return { role: 'prose', name, rest, isOpen: false };
  return PROSE.test(name) ? { role: 'prose', name, rest, isOpen: false } : undefined;
}

// “Current (INCORRECT):” → “current”.
function nameOf(words: string): string {
  return words
    .replace(/\([^()]{0,200}\)/g, ' ')
    .replace(/[^\p{L}\p{N}\s-]/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim()
    .toLowerCase();
}
