/**
 * What a request asks for. Rows of an INSERT may be binary and without end, so where they begin is read here, byte by
 * byte; every other text is read by the engine (reading.ts), and only its normalised form is looked at.
 */
import { literal } from '@shelfcast/warehouse/quoting'
import { CODE, Failure } from '../failure.ts'
import { isSymbol, isWord, nameOf, type Token, tokens, Unterminated } from './lexer.ts'

/** A normalised statement. */
export interface Statement {
  /** First keyword in lower case. */
  kind: string
  text: string
  /** Name in the FORMAT clause. */
  format: string | undefined
}

/** An INSERT whose rows follow it. Texts are latin1, a character a byte. */
export interface InsertHead {
  text: string
  tokens: readonly Token[]
  data: { start: number; format: string }
}

/** Kinds that read only. */
export const READING_KINDS = new Set(['select', 'show', 'describe', 'exists', 'explain', 'use'])
/** Kinds whose result may be large, so that it is streamed. */
const STREAMED_KINDS = new Set(['select', 'show', 'describe', 'exists', 'check'])

export function isStreamed({ kind }: Statement): boolean {
  return STREAMED_KINDS.has(kind)
}

/** @param text normalised */
export function statementOf(text: string): Statement {
  const all = [...tokens(text)]
  refuseFiles(all)
  const first = all[0]
  const selects = isSymbol(first, '(') || isWord(first, 'with')
  const format = nameOf(formatClause(all)?.name)
  return {
    kind: selects ? 'select' : (first?.text.toLowerCase() ?? ''),
    text,
    format: format === undefined ? undefined : formatName(format),
  }
}

/** A quoted name could hold a whole statement. */
export function formatName(name: string): string {
  if (!/^\w+$/.test(name)) throw new Failure(CODE.unknownFormat, `Unknown format ${name}. (UNKNOWN_FORMAT)`)
  return name
}

function refuseFiles(all: readonly Token[]) {
  for (const [index, token] of all.entries()) {
    const next = all[index + 1]
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
function formatClause(all: readonly Token[]): { keyword: Token; name: Token } | undefined {
  const index = all.findLastIndex(
    (token, at) =>
      token.depth === 0 &&
      at > 0 &&
      isWord(token, 'format') &&
      nameOf(all[at + 1]) !== undefined &&
      (all[at + 2] === undefined || isWord(all[at + 2], 'settings')),
  )
  return index < 0 ? undefined : { keyword: all[index]!, name: all[index + 1]! }
}

/** The statement with its result sent to a pipe. */
export function intoPipe({ text }: Statement, pipe: string, format: string): string {
  const clause = formatClause([...tokens(text)])
  const head = clause ? text.slice(0, clause.keyword.start).trimEnd() : text
  const tail = clause ? text.slice(clause.name.end) : ''
  return `${head} INTO OUTFILE ${literal(pipe)} TRUNCATE COMPRESSION 'none' FORMAT ${format}${tail}`
}

/**
 * The INSERT at the beginning of a body: INSERT ... FORMAT name data, or INSERT ... VALUES data.
 * @param complete false when more of the body may follow
 * @returns undefined when more of the body is needed to tell, `no data` for INSERT ... SELECT and all other statements
 */
export function readInsert(text: string, complete: boolean): InsertHead | undefined | 'no data' {
  const head: Token[] = []
  try {
    let nameEnds = -1
    for (const token of tokens(text)) {
      // A token at the very end may go on in the next chunk.
      if (!complete && token.end === text.length) return undefined
      head.push(token)
      const index = head.length - 1
      if (index === 0 && !isWord(token, 'insert')) return 'no data'
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
): InsertHead | undefined {
  // ClickHouse's rule: blanks, then at most one line end, belong to the statement.
  let start = end
  while (text[start] === ' ' || text[start] === '\t' || text[start] === '\f') start++
  if (text[start] === '\r') start++
  if (text[start] === '\n') start++
  if (!complete && start === text.length) return undefined
  return { text: text.slice(0, end), tokens: head, data: { start, format } }
}

/** The INSERT with its rows read from a pipe. */
export function fromPipe({ text, tokens: head, data }: InsertHead, pipe: string): string {
  const settings = head.find((token) => token.depth === 0 && isWord(token, 'settings'))
  const clause = head.findLast((token) => token.depth === 0 && isWord(token, 'format', 'values'))!
  const target = text.slice(0, (settings ?? clause).start).trimEnd()
  const between = settings ? ` ${text.slice(settings.start, clause.start).trimEnd()}` : ''
  return `${target}\nfrom infile ${literal(pipe)} compression 'none'${between} format ${data.format}`
}
