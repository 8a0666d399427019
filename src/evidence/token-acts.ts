/** What a short text, such as a step of a drawing, says is done to a token. */
export interface TokenAct {
  readonly kind: 'creation' | 'verification';
  /** “Create JWT” is done where it stands; “the JWT issued by …” may be told of another place. */
  readonly isTold: boolean;
  /** The words that name who does it, where the text itself says so: “by Better Auth”, “FastAPI creates”. */
  readonly agent?: string;
}

/**
 * The creations and verifications of a token (JWT, token, signature) that a text speaks of: “Create JWT & Session”, “JWT
 * is issued”, “Verify signature”, but not “Create task with JWT”, “Return signed JWT” or “Never creates JWT”.
 */
export function tokenActs(text: string): TokenAct[] {
  const words = split(text);
  return words.flatMap((_, at): TokenAct[] => {
    const kind = actAt(words, at);
    if (!kind || isNegated(words, at) || isBackReference(words, at)) return [];
    const agent = agentOf(words, at);
    return [{ kind, isTold: isToken(words, at), ...(agent && { agent }) }];
  });
}

const CREATE = /^(?:creat|issu|generat|mint|encod|produc|renew|reissu|build|mak)(?:e|es|s|ing)?$|^sign(?:s|ing)?$/;
const VERIFY = /^(?:verif(?:y|ies|ying)|(?:validat|decod)(?:e|es|ing)|check(?:s|ing)?|authenticat(?:e|es|ing))$/;
const CREATED =
  /^(?:created|issued|generated|minted|encoded|produced|renewed|reissued|signed|built|made|creation|issuance|generation)$/;
const VERIFIED = /^(?:verified|validated|decoded|checked|verification|validation|check)$/;
const OTHER_VERB =
  /^(?:send|sends|attach|attaches|include|includes|return|returns|store|stores|set|sets|read|reads|extract|extracts|forward|forwards|receive|receives|get|gets|use|uses)$/;
const TOKEN = /^(?:jwts?|tokens?|signatures?)$/;
const ANOTHER_TOKEN = /^(?:csrf|xsrf|email|reset|verification|invite)$/;
const AUXILIARY = /^(?:is|are|was|were|be|been|being|gets|got|has|have|will|must|should|then)$/;
// Behind these a token is no longer what the verb acts on: “create a task with the JWT”.
const TURN = /^(?:with|using|via|from|by|for|in|on|at|to|into|w|if|when|unless|against|than|then|[,;:.?!(→])$/;
const FOREIGN =
  /^(?:tasks?|todos?|rows?|responses?|errors?|accounts?|records?|items?|requests?|entries|entry|credentials?)$/;
const JOIN = /^(?:and|&|,|\/|\+)$/;
const CLAUSE_END = /^[?:,;.!]$/;
const NEVER = /^(?:not|never|cannot|doesn't|don't|won't|neither|nor|isn't|aren't)$/;
const WITHOUT = /^(?:no|without|skip|skips|omit|omits|bypass|disable|not|never)$/;

function split(text: string): string[] {
  const spaced = text.replaceAll('’', "'").replace(/([a-z])([A-Z])/g, '$1 $2');
  return (spaced.toLowerCase().match(/[a-z]+(?:'[a-z]+)?|\d+|[&,;:.?!()+/→]/g) ?? []).slice(0, 200);
}

function actAt(words: readonly string[], at: number): TokenAct['kind'] | undefined {
  const word = words[at] ?? '';
  const kind = CREATE.test(word) ? 'creation' : VERIFY.test(word) ? 'verification' : undefined;
  // “jwt.encode(…)” acts on a token by its very name.
  if (kind && ((words[at - 1] === '.' && isToken(words, at - 2)) || takesToken(words, at))) return kind;
  if (!isToken(words, at)) return undefined;
  let next = at + 1;
  while (isToken(words, next) || AUXILIARY.test(words[next] ?? '')) next += 1;
  return CREATED.test(words[next] ?? '') ? 'creation' : VERIFIED.test(words[next] ?? '') ? 'verification' : undefined;
}

// Whether a token is the object of the verb: it follows within a few words, verbs that share it passed over.
function takesToken(words: readonly string[], verb: number): boolean {
  if (words[verb]?.startsWith('sign') && /^(?:in|up|out|on)$/.test(words[verb + 1] ?? '')) return false;
  let at = verb + 1;
  while (JOIN.test(words[at] ?? '') && isVerb(words[at + 1] ?? '')) at += 2;
  if (words[at] === '(') at += 1;
  for (const end = at + 6; at < end; at += 1) {
    const word = words[at] ?? '';
    if (isToken(words, at)) return true;
    if (word === 'it' && words.slice(0, verb).some((_, before) => isToken(words, before))) return true;
    if (TURN.test(word) || FOREIGN.test(word) || isVerb(word) || NEVER.test(word)) return false;
  }
  return false;
}

function isVerb(word: string): boolean {
  return CREATE.test(word) || VERIFY.test(word) || OTHER_VERB.test(word);
}

function isToken(words: readonly string[], at: number): boolean {
  return TOKEN.test(words[at] ?? '') && !ANOTHER_TOKEN.test(words[at - 1] ?? '');
}

// “never creates”, “does not yet verify”, “no JWT creation”, “skip JWT verification”; not “no JWT? create one”.
function isNegated(words: readonly string[], at: number): boolean {
  if (WITHOUT.test(words[at - 1] ?? '')) return true;
  for (let before = at - 1; before >= at - 3; before -= 1) {
    const word = words[before] ?? '';
    if (CLAUSE_END.test(word)) return false;
    if (NEVER.test(word)) return words[before + 1] !== 'only' && words[before + 1] !== 'just';
  }
  return false;
}

// “the JWT issued in step 3” speaks of another step.
function isBackReference(words: readonly string[], at: number): boolean {
  const done = words.findIndex((word, index) => index > at && (CREATED.test(word) || VERIFIED.test(word)));
  if (!isToken(words, at) || done === -1 || !/^(?:in|from|at|by)$/.test(words[done + 1] ?? '')) return false;
  return /^(?:\d+|step|steps)$/.test(words[done + 2] ?? '');
}

const AGENTS = [
  'fast api',
  'fastapi',
  'back end',
  'backend',
  'next . js',
  'nextjs',
  'better auth',
  'front end',
  'frontend',
];

function agentOf(words: readonly string[], at: number): string | undefined {
  const named = (from: number): string | undefined =>
    AGENTS.find((agent) => words.slice(from, from + agent.split(' ').length).join(' ') === agent);
  for (let next = at + 1; next <= at + 7 && next < words.length; next += 1) {
    // In “verify the JWT created by …” the agent is the participle's.
    if (CREATED.test(words[next] ?? '') && !isToken(words, at)) break;
    if (!/^(?:by|in|on|inside|at|via|using|through)$/.test(words[next] ?? '')) continue;
    const agent = named(words[next + 1] === 'the' ? next + 2 : next + 1);
    if (agent) return agent;
  }
  // “FastAPI: create”, “Backend will then create”, “ask FastAPI to create”.
  let end = at;
  while (LINK.test(words[end - 1] ?? '')) end -= 1;
  return AGENTS.find((agent) => words.slice(Math.max(0, end - agent.split(' ').length), end).join(' ') === agent);
}

const LINK = /^(?:to|will|must|should|shall|can|may|then|now|also|[:)])$/;
