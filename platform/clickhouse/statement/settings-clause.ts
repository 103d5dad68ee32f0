/** The settings that a normalised statement brings. */

import { FILTERS_SETTING } from '../rights/analyst.ts'
import { isSymbol, isWord, type Token, tokens } from './lexer.ts'

export interface Assignment {
  name: string
  /** As written. */
  value: string
  /** Of FILTERS_SETTING: its conditions, each a string as written. */
  conditions: string[]
}

/**
 * What each SETTINGS clause, or SET, assigns. The text is the engine's own writing, in which the unquoted word in
 * capitals is the keyword; a caller holds the number of clauses against the engine's tree.
 * @returns undefined when a clause has another form than `name = value, ...`
 */
export function settingsOf(text: string): Assignment[][] | undefined {
  const all = [...tokens(text)]
  const clauses: Assignment[][] = []
  for (const [at, token] of all.entries()) {
    const begins = token.text === 'SETTINGS' || (at === 0 && token.text === 'SET')
    if (!begins) continue
    const assignments = assignmentsFrom(all, at + 1)
    if (!assignments) return undefined
    clauses.push(assignments)
  }
  return clauses
}

/** Settings that also bend what the engine tells of the query's tree. */
const BENDING = new Set([
  'extremes',
  'max_result_bytes',
  'max_result_rows',
  'output_format_tsv_crlf_end_of_line',
])

/** The same text with the values of such settings at 0: a text of the same tree. */
export function unbent(text: string): string {
  const all = [...tokens(text)]
  let result = text
  for (const [at, { text: name }] of [...all.entries()].reverse()) {
    const value = all[at + 2]
    if (!BENDING.has(name) || !isSymbol(all[at + 1], '=') || value?.kind !== 'number') continue
    result = `${result.slice(0, value.start)}0${result.slice(value.end)}`
  }
  return result
}

function assignmentsFrom(all: readonly Token[], begin: number): Assignment[] | undefined {
  const assignments: Assignment[] = []
  let at = begin
  for (;;) {
    const name = all[at]
    if (name?.kind !== 'word' || !isSymbol(all[at + 1], '=')) return undefined
    const filters = name.text === FILTERS_SETTING
    const next = filters ? endOfFilters(all, at + 2) : endOfValue(all, at + 2)
    if (next === undefined) return undefined
    const value = all.slice(at + 2, next).map(({ text }) => text)
    const conditions = filters ? value.filter((_, index) => index % 4 === 3) : []
    assignments.push({ name: name.text, value: value.join(''), conditions })
    if (!isSymbol(all[next], ',')) return assignments
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

/** {'table': 'condition', ...}: tokens of four kinds, in turns. */
function endOfFilters(all: readonly Token[], begin: number): number | undefined {
  for (let at = begin; ; at += 4) {
    const fits =
      isSymbol(all[at], at === begin ? '{' : ',') &&
      all[at + 1]?.kind === 'string' &&
      isSymbol(all[at + 2], ':') &&
      all[at + 3]?.kind === 'string'
    if (!fits) return undefined
    if (isSymbol(all[at + 4], '}')) return at + 5
  }
}
