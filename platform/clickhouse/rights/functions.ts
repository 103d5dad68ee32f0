/** The functions of the engine, and which of them analysts may call. */
import { FUNCTION_CATEGORIES, FUNCTIONS, REFUSED_AGGREGATES, SYNTAX_FUNCTIONS } from './analyst.ts'

/** All names are in lower case. */
export interface Functions {
  names: ReadonlySet<string>
  allowed: ReadonlySet<string>
  /** The longer ones first. */
  combinators: readonly string[]
}

export interface FunctionRow {
  name: string
  isAggregate: boolean
  /** Of an alias, those of the function that it stands for. */
  categories: string
  /** Empty where the name is the function's own. */
  aliasTo: string
}

export function functionsOf(rows: readonly FunctionRow[], combinators: readonly string[]): Functions {
  const allowed = new Set([...FUNCTIONS, ...SYNTAX_FUNCTIONS])
  for (const { name, isAggregate, categories, aliasTo } of rows) {
    const lower = name.toLowerCase()
    const computes = isAggregate
      ? !REFUSED_AGGREGATES.has(lower)
      : FUNCTIONS.has(aliasTo.toLowerCase()) ||
        categories.split(',').every((category) => FUNCTION_CATEGORIES.has(category.trim()))
    if (computes) allowed.add(lower)
  }
  return {
    names: new Set(rows.map(({ name }) => name.toLowerCase())),
    allowed,
    combinators: [...combinators].map((name) => name.toLowerCase()).sort((a, b) => b.length - a.length),
  }
}

/** Aggregates may have combinators behind them: sumIf, quantilesArrayOrNull. */
export function isAllowed(functions: Functions, name: string): boolean {
  const lower = name.toLowerCase()
  if (functions.allowed.has(lower)) return true
  const combinator = functions.combinators.find((suffix) => lower.endsWith(suffix))
  return combinator !== undefined && isAllowed(functions, lower.slice(0, -combinator.length))
}
