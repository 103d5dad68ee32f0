/**
 * A scenario as text that a person reads and writes, and that a URL holds:
 * `price:0.9,category:Bread,days:2027-03-22..2027-03-28;festival,days:2027-03-27`.
 */
import { isDate } from './dates.ts'
import { IDENTIFIER_LENGTH } from './events.ts'
import { PROMOTION_KINDS } from './inference.ts'
import {
  PART_KINDS,
  type PartKind,
  SCENARIO_NAMES,
  SCENARIO_PARTS,
  type Scenario,
  type ScenarioName,
  type ScenarioPart,
  type ScenarioScope,
  STRENGTH_DECIMALS,
  STRENGTHS,
} from './scenarios.ts'

/** What stands for the marks of the text where a name has them. */
const MARKS = { ',': '~c', ';': '~s', '~': '~t' } as const
const NUMBER = new RegExp(`^-?\\d{1,5}(\\.\\d{1,${STRENGTH_DECIMALS}})?$`)
const IDENTIFIER = new RegExp(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,${IDENTIFIER_LENGTH - 1}}$`)
const SHOWN = 60

/** How the text names the fields of a scope. */
const SCOPE_WORDS = {
  region: 'region',
  store: 'store_id',
  category: 'category',
  sku: 'sku',
  supplier: 'supplier_id',
} as const satisfies Record<string, keyof ScenarioScope>
const FIELDS = [...Object.keys(SCOPE_WORDS), 'days', 'as']
/** Longest name, in characters. */
const NAME_LENGTH = { region: 80, category: 80, supplier_id: 64 } as const

/** A scenario that cannot be read. Its message names the part, what it says, and the fix. */
export class ScenarioTextError extends Error {
  override name = 'ScenarioTextError'
}

export function formatScenario(scenario: Scenario): string {
  return scenario.map(formatPart).join(';')
}

export function formatPart({ kind, strength, shown_as, scope, from_day, to_day }: ScenarioPart): string {
  const fields = [strength === undefined ? kind : `${kind}:${plainNumber(strength)}`]
  if (shown_as !== undefined) fields.push(`as:${shown_as}`)
  for (const [word, field] of Object.entries(SCOPE_WORDS)) {
    const value = scope[field]
    if (value !== undefined)
      fields.push(`${word}:${value.replaceAll(/[,;~]/g, (mark) => MARKS[mark as ','])}`)
  }
  if (from_day !== undefined || to_day !== undefined)
    fields.push(`days:${from_day === to_day ? from_day : `${from_day ?? ''}..${to_day ?? ''}`}`)
  return fields.join(',')
}

function plainNumber(value: number): string {
  const text = value.toFixed(STRENGTH_DECIMALS).replace(/\.?0+$/, '')
  return text === '-0' ? '0' : text
}

/**
 * @param name of the scenario, for what is said of it
 * @throws ScenarioTextError
 */
export function parseScenario(text: string, name: string): Scenario {
  if (text === '') return []
  const parts = text.split(';')
  if (parts.length > SCENARIO_PARTS)
    throw new ScenarioTextError(
      `Scenario "${name}" has ${parts.length} parts, and takes ${SCENARIO_PARTS}. Leave some out, or make two of it.`,
    )
  return parts.map((part, index) =>
    parsePart(part, (problem) => {
      const shown = part.length > SHOWN ? `${part.slice(0, SHOWN)}...` : part
      return new ScenarioTextError(
        `Part ${index + 1} of scenario "${name}", "${shown.toWellFormed()}": ${problem}`,
      )
    }),
  )
}

type Refuse = (problem: string) => ScenarioTextError

function parsePart(text: string, refuse: Refuse): ScenarioPart {
  const [head = '', ...fields] = text.split(',')
  const { word, value } = fieldOf(head)
  const kind = PART_KINDS.find((each) => each === word)
  if (!kind)
    throw refuse(
      `"${word.slice(0, SHOWN)}" is not known. A part begins with one of ${PART_KINDS.join(', ')}.`,
    )
  const strength = strengthOf(kind, value, refuse)
  const part: ScenarioPart = { kind, scope: {}, ...(strength !== undefined && { strength }) }
  const seen = new Set<string>()
  for (const field of fields) {
    const { word, value } = fieldOf(field)
    if (!FIELDS.includes(word))
      throw refuse(`the field "${word.slice(0, SHOWN)}" is not known. Fields are ${FIELDS.join(', ')}.`)
    if (seen.has(word)) throw refuse(`it has "${word}" twice. Make two parts of it.`)
    seen.add(word)
    if (value === undefined || value === '')
      throw refuse(`"${word}" has no value. Write it as ${word}:VALUE.`)
    if (word === 'days') Object.assign(part, daysOf(value, refuse))
    else if (word === 'as') part.shown_as = shownAs(kind, value, refuse)
    else addScope(part, SCOPE_WORDS[word as keyof typeof SCOPE_WORDS], value, refuse)
  }
  if (kind === 'festival' && part.from_day === undefined)
    throw refuse('a festival needs its day, as festival,days:2027-03-27.')
  return part
}

/** A colon may come again in the value, as in ids. */
function fieldOf(text: string): { word: string; value: string | undefined } {
  const colon = text.indexOf(':')
  if (colon < 0) return { word: text, value: undefined }
  return { word: text.slice(0, colon), value: text.slice(colon + 1) }
}

function strengthOf(kind: PartKind, value: string | undefined, refuse: Refuse): number | undefined {
  const rule = STRENGTHS[kind]
  if (!rule) {
    if (value === undefined) return undefined
    throw refuse(`${kind} takes no strength. Write it as ${kind} alone.`)
  }
  const example = `${kind}:${rule.example}`
  const number = value !== undefined && NUMBER.test(value) ? Number(value) : Number.NaN
  const isRight = number >= rule.least && number <= rule.most && (!rule.isWhole || Number.isInteger(number))
  if (isRight) return number === 0 ? 0 : number
  throw refuse(
    `${kind} takes ${rule.words}, ${rule.isWhole ? 'whole, ' : ''}from ${rule.least} to ${rule.most} with at most ` +
      `${STRENGTH_DECIMALS} decimals, as ${example}.`,
  )
}

function daysOf(value: string, refuse: Refuse): Pick<ScenarioPart, 'from_day' | 'to_day'> {
  const days = value.split('..')
  const [from = '', to = from] = days
  if (days.length > 2 || !isDay(from) || !isDay(to))
    throw refuse('"days" is a day or two of the years 1990 to 2099, as days:2027-03-22..2027-03-28.')
  if (from > to)
    throw refuse(`its days end on ${to}, before they begin on ${from}. Give the earlier one first.`)
  return { from_day: from, to_day: to }
}

const isDay = (text: string): boolean => isDate(text) && text >= '1990' && text < '2100'

function shownAs(kind: PartKind, value: string, refuse: Refuse): ScenarioPart['shown_as'] {
  if (kind !== 'promotion') throw refuse(`"as" is of a promotion, and this is ${kind}. Leave it out.`)
  const shown = PROMOTION_KINDS.find((each) => each === value)
  if (shown) return shown
  throw refuse(`a promotion is shown as one of ${PROMOTION_KINDS.join(', ')}.`)
}

function addScope(part: ScenarioPart, field: keyof ScenarioScope, value: string, refuse: Refuse): void {
  if (field === 'supplier_id' && part.kind !== 'delay')
    throw refuse(`"supplier" is of a delay, and this is ${part.kind}. Give a category or a sku.`)
  const name = value.replaceAll(/~[cst]/g, (code) => (code === '~c' ? ',' : code === '~s' ? ';' : '~'))
  if (field === 'store_id' || field === 'sku') {
    if (!IDENTIFIER.test(name))
      throw refuse(`"${name.slice(0, SHOWN)}" is no id of a ${field === 'sku' ? 'SKU' : 'store'}.`)
  } else if (name.length > NAME_LENGTH[field] || !name.isWellFormed() || /\p{Cc}/u.test(name))
    throw refuse(
      `the name of its ${field} is longer than ${NAME_LENGTH[field]} characters, or is no line of text.`,
    )
  part.scope[field] = name
}

/** The query of a URL, with what a person reads left as it is. */
export function scenarioQuery(
  scope: Omit<ScenarioScope, 'supplier_id'>,
  scenarios: Readonly<Partial<Record<ScenarioName, Scenario>>>,
): string {
  const texts = SCENARIO_NAMES.flatMap((name) => {
    const scenario = scenarios[name]
    return scenario ? [[name, formatScenario(scenario)] as const] : []
  })
  return [...Object.entries(scope), ...texts]
    .map(
      ([name, value]) =>
        `${name}=${encodeURIComponent(value).replaceAll(/%(2C|3A|3B)/g, decodeURIComponent)}`,
    )
    .join('&')
}
