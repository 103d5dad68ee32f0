/** What a request asks for: which kind of statement, where its format and data are, and how it is rewritten to pipes. */
import { CODE, Failure } from './failure.ts'
import { isSymbol, isWord, literal, type Token, tokens, Unterminated } from './lexer.ts'

export interface Statement {
  /** First keyword in lower case; `select` for parentheses and FROM-first, `insert` for an INSERT behind WITH. */
  kind: string
  /** Latin1 text, without the semicolon and what follows. */
  text: string
  tokens: readonly Token[]
  /** Name in the FORMAT clause. */
  format: string | undefined
  /** Set when rows follow the statement. */
  data: { start: number; format: string } | undefined
}

/** Kinds that read only. */
export const READING_KINDS = new Set(['select', 'show', 'describe', 'desc', 'exists', 'explain', 'use'])
/** Kinds whose result may be large, so that it is streamed. */
const STREAMED_KINDS = new Set(['select', 'show', 'describe', 'desc', 'exists', 'explain', 'check'])

export function isStreamed(statement: Statement): boolean {
  return STREAMED_KINDS.has(statement.kind)
}

/**
 * Reads the statement at the beginning of a body.
 * @param complete false when more of the body may follow
 * @returns undefined when more of the body is needed to tell
 */
export function readStatement(text: string, complete: boolean): Statement | undefined {
  const first = tokens(text).next().value
  if (!first) {
    if (!complete) return undefined
    throw new Failure(CODE.syntaxError, 'Syntax error: the query is empty. Send one in ?query= or the body')
  }
  if (isWord(first, 'insert')) {
    const insert = readInsertWithData(text, complete)
    if (insert !== 'no data') return insert
  }
  if (!complete) return undefined

  const found = [...tokens(text)]
  const semicolon = found.findIndex((token) => isSymbol(token, ';'))
  const own = semicolon < 0 ? found : found.slice(0, semicolon)
  if (semicolon >= 0 && found.slice(semicolon).some((token) => !isSymbol(token, ';')))
    throw new Failure(
      CODE.syntaxError,
      `Syntax error: a second statement begins at position ${found[semicolon + 1]!.start + 1}. (Multi-statements are not allowed.) Send one statement a request`,
    )
  refuseFiles(own)
  return {
    kind: kindOf(own),
    text: text.slice(0, own.at(-1)?.end ?? 0),
    tokens: own,
    format: formatClause(own)?.name.text,
    data: undefined,
  }
}

function kindOf(found: readonly Token[]): string {
  const first = found[0]
  if (isSymbol(first, '(') || isWord(first, 'from')) return 'select'
  if (isWord(first, 'with')) {
    const writes = found.some(
      (token, index) => token.depth === 0 && isWord(token, 'insert') && isWord(found[index + 1], 'into'),
    )
    return writes ? 'insert' : 'select'
  }
  return first?.kind === 'word' ? first.text.toLowerCase() : ''
}

function refuseFiles(found: readonly Token[]) {
  for (const [index, token] of found.entries()) {
    const next = found[index + 1]
    if (isWord(token, 'into') && isWord(next, 'outfile'))
      throw new Failure(
        CODE.notImplemented,
        'INTO OUTFILE is for command-line clients. Save the response instead',
      )
    if (isWord(token, 'from') && isWord(next, 'infile')) refuseInfile()
  }
}

function refuseInfile(): never {
  throw new Failure(
    CODE.notImplemented,
    'FROM INFILE is for command-line clients. Send the data in the body, or load it from the lake with s3(lake, ...)',
  )
}

/** The last FORMAT clause: a name, then the end or SETTINGS. */
function formatClause(found: readonly Token[]): { keyword: Token; name: Token } | undefined {
  const index = found.findLastIndex(
    (token, at) =>
      token.depth === 0 &&
      at > 0 &&
      isWord(token, 'format') &&
      found[at + 1]?.kind === 'word' &&
      (found[at + 2] === undefined || isWord(found[at + 2], 'settings')),
  )
  return index < 0 ? undefined : { keyword: found[index]!, name: found[index + 1]! }
}

/** INSERT ... FORMAT name data, or INSERT ... VALUES data; `no data` for INSERT ... SELECT. */
function readInsertWithData(text: string, complete: boolean): Statement | undefined | 'no data' {
  const head: Token[] = []
  try {
    let nameEnds = -1
    for (const token of tokens(text)) {
      // A token at the very end may go on in the next chunk.
      if (!complete && token.end === text.length) return undefined
      head.push(token)
      const index = head.length - 1
      if (nameEnds < 0) nameEnds = endOfTarget(head)
      if (nameEnds < 0 || index < nameEnds || token.depth > 0) continue
      if (isSymbol(token, ';')) return 'no data'
      if (isWord(token, 'select', 'with')) return 'no data'
      if (isWord(token, 'from')) refuseInfile()
      if (isWord(token, 'values')) return insert(text, head, token.end, 'Values', complete)
      if (isWord(head[index - 1], 'format') && index - 1 >= nameEnds && token.kind === 'word')
        return insert(text, head, token.end, token.text, complete)
    }
  } catch (error) {
    if (error instanceof Unterminated && !complete) return undefined
    throw error
  }
  return complete ? 'no data' : undefined
}

/** Index after INSERT INTO [TABLE] [FUNCTION] name[.name]; -1 while it is not read yet. */
function endOfTarget(head: readonly Token[]): number {
  let at = 1
  if (isWord(head[at], 'into')) at++
  if (isWord(head[at], 'table')) at++
  if (isWord(head[at], 'function')) at++
  at++
  if (head.length <= at) return -1
  while (isSymbol(head[at], '.')) at += 2
  return head.length > at ? at : -1
}

function insert(
  text: string,
  head: readonly Token[],
  end: number,
  format: string,
  complete: boolean,
): Statement | undefined {
  // ClickHouse's rule: blanks, then at most one line end, belong to the statement.
  let start = end
  while (text[start] === ' ' || text[start] === '\t' || text[start] === '\f') start++
  if (text[start] === '\r') start++
  if (text[start] === '\n') start++
  if (!complete && start === text.length) return undefined
  return {
    kind: 'insert',
    text: text.slice(0, end),
    tokens: head,
    format: undefined,
    data: { start, format },
  }
}

/** The statement with its result sent to a pipe. */
export function intoPipe(statement: Statement, pipe: string, format: string): string {
  const { text } = statement
  const clause = formatClause(statement.tokens)
  const head = clause ? text.slice(0, clause.keyword.start) : text
  const tail = clause ? text.slice(clause.name.end) : ''
  const target = `\ninto outfile ${literal(pipe)} truncate compression 'none' format ${format}`
  return `${head}${target}${tail}`
}

/** The INSERT with its rows read from a pipe. */
export function fromPipe(statement: Statement, pipe: string): string {
  const { text, tokens: found, data } = statement
  const settings = found.find((token) => token.depth === 0 && isWord(token, 'settings'))
  const clause = found.findLast((token) => token.depth === 0 && isWord(token, 'format', 'values'))!
  const head = text.slice(0, (settings ?? clause).start).trimEnd()
  const between = settings ? ` ${text.slice(settings.start, clause.start).trimEnd()}` : ''
  return `${head}\nfrom infile ${literal(pipe)} compression 'none'${between} format ${data!.format}`
}
