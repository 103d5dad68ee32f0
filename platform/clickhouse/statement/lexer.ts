/**
 * Tokens of a SQL text, as ClickHouse 26 cuts them. The text is latin1 (one character a byte), so that positions are
 * byte offsets and data behind a statement may be binary.
 *
 * Rights are decided on these tokens, so what ClickHouse might cut otherwise is refused: nested comments, dollar
 * quotes, typographic quotes, NUL.
 */
import { CODE, Failure } from '../failure.ts'

export interface Token {
  kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol'
  /** As written, quotes included. */
  text: string
  start: number
  /** First position after the token. */
  end: number
  /** Brackets that are open around the token. */
  depth: number
}

/** The text ends inside a quote or a comment. */
export class Unterminated extends Failure {
  constructor(what: string, start: number) {
    super(
      CODE.syntaxError,
      `Syntax error: ${what} that begins at position ${start + 1} is not closed. Close it`,
    )
  }
}

const SPACE = /[\s\0]*/y
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y
const NUMBER = /[0-9][A-Za-z0-9_]*/y
// E2 80 98/99/9C/9D: typographic quotes, which ClickHouse takes for quotes.
const TYPOGRAPHIC_QUOTE = /\xe2\x80[\x98\x99\x9c\x9d]/y

function refuse(what: string, start: number, fix: string): never {
  throw new Failure(CODE.syntaxError, `Syntax error: ${what} at position ${start + 1}. ${fix}`)
}

/** First position after the whitespace and comments that begin at `position`. */
function skipBlank(text: string, position: number): number {
  let at = position
  for (;;) {
    SPACE.lastIndex = at
    const blank = SPACE.exec(text)![0]
    const nul = blank.indexOf('\0')
    if (nul >= 0) refuse('NUL character', at + nul, 'Remove it.')
    at += blank.length
    const two = text.slice(at, at + 2)
    if (two === '--' || two === '# ' || two === '#!') {
      const line = text.indexOf('\n', at)
      at = line < 0 ? text.length : line + 1
    } else if (two === '/*') {
      const close = text.indexOf('*/', at + 2)
      const nested = text.indexOf('/*', at + 1)
      if (text[at + 2] === '/' || (nested >= 0 && (close < 0 || nested < close)))
        refuse('comment inside a comment', at, 'Use one comment.')
      if (close < 0) throw new Unterminated('a comment', at)
      at = close + 2
    } else return at
  }
}

function endOfQuote(text: string, start: number): number {
  const quote = text[start]!
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === quote) {
      if (text[at + 1] !== quote) return at + 1
      at++
    }
  }
  throw new Unterminated(quote === "'" ? 'a string' : 'a quoted name', start)
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}

/** Cuts the text lazily, so that the data behind an INSERT is never looked at. */
export function* tokens(text: string): Generator<Token, void, undefined> {
  let at = 0
  let depth = 0
  for (;;) {
    at = skipBlank(text, at)
    if (at >= text.length) return
    const start = at
    const character = text[at]!
    let kind: Token['kind'] = 'symbol'
    if (character === "'") {
      kind = 'string'
      at = endOfQuote(text, at)
    } else if (character === '"' || character === '`') {
      kind = 'quoted'
      at = endOfQuote(text, at)
    } else if (character === '$') {
      refuse('dollar sign', at, "Write strings in single quotes and names in double quotes: 'a$b'.")
    } else if (match(TYPOGRAPHIC_QUOTE, text, at)) {
      refuse('typographic quote', at, 'Use a plain \' or ".')
    } else {
      const word = match(WORD, text, at)
      const number = word === undefined ? match(NUMBER, text, at) : undefined
      if (word !== undefined) kind = 'word'
      else if (number !== undefined) kind = 'number'
      at += (word ?? number ?? character).length
    }
    if (character === ')' || character === ']' || character === '}') depth--
    yield { kind, text: text.slice(start, at), start, end: at, depth }
    if (character === '(' || character === '[' || character === '{') depth++
  }
}

/** True for the keyword in any case, not quoted. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toLowerCase())
}

export function isSymbol(token: Token | undefined, symbol: string): boolean {
  return token?.kind === 'symbol' && token.text === symbol
}

/** The name that a token stands for, or undefined when it is not one. */
export function nameOf(token: Token | undefined): string | undefined {
  if (token?.kind === 'word') return token.text
  if (token?.kind !== 'quoted') return undefined
  const quote = token.text[0]!
  return token.text.slice(1, -1).replaceAll(quote + quote, quote)
}
