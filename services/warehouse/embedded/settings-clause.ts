/** The settings that a normalised statement brings. */
import { isSymbol, isWord, type Token, tokens } from './lexer.ts'

/**
 * The names in each SETTINGS clause, or in SET. The text is the engine's own writing, in which the unquoted word in
 * capitals is the keyword; a caller holds the number of clauses against the engine's tree.
 * @returns undefined when a clause has another form than `name = value, ...`
 */
export function settingsOf(text: string): string[][] | undefined {
  const all = [...tokens(text)]
  const clauses: string[][] = []
  for (const [at, token] of all.entries()) {
    const begins = token.text === 'SETTINGS' || (at === 0 && token.text === 'SET')
    if (!begins) continue
    const names = namesFrom(all, at + 1)
    if (!names) return undefined
    clauses.push(names)
  }
  return clauses
}

function namesFrom(all: readonly Token[], begin: number): string[] | undefined {
  const names: string[] = []
  let at = begin
  for (;;) {
    const name = all[at]
    if (name?.kind !== 'word' || !isSymbol(all[at + 1], '=')) return undefined
    names.push(name.text)
    const next = endOfValue(all, at + 2)
    if (next === undefined) return undefined
    if (!isSymbol(all[next], ',')) return names
    at = next + 1
  }
}

/** A string, a number or a truth value: 'a', -1, 0.5, true. DEFAULT would take a ceiling away. */
function endOfValue(all: readonly Token[], begin: number): number | undefined {
  const at = isSymbol(all[begin], '-') ? begin + 1 : begin
  const value = all[at]
  if (value?.kind === 'number')
    return isSymbol(all[at + 1], '.') && all[at + 2]?.kind === 'number' ? at + 3 : at + 1
  if (at === begin && (value?.kind === 'string' || isWord(value, 'true', 'false'))) return at + 1
  return undefined
}
