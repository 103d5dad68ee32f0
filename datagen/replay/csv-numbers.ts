/** Which decimal sign a CSV is written with, by the numbers of its beginning. */
import type { Dialect } from '../files/csv-dialect.ts'
import { readTable } from '../files/csv-table.ts'
import { type DecimalSign, decimalSignOf, type NumberFormat } from '../files/numbers.ts'
import { type CsvMapping, numberFormat } from './csv-mapping.ts'

const SAMPLE_ROWS = 10_000

export interface DetectedNumbers {
  format: NumberFormat
  /** `decimal "," (by 120 of the first amounts)` */
  text: string
}

/** Numbers without decimals say nothing; where all are so, they are read as they are and any other is refused. */
export async function detectNumbers(
  dialect: Dialect,
  mapping: CsvMapping,
  columns: readonly string[],
): Promise<DetectedNumbers> {
  const format = numberFormat(mapping)
  if (format.decimal !== undefined || format.thousands === '.' || format.thousands === ',') {
    const decimal = format.decimal ?? (format.thousands === '.' ? ',' : '.')
    return { format: { ...format, decimal }, text: `decimal "${decimal}" (as the mapping says)` }
  }
  const votes = { price: noVotes(), quantity: noVotes() }
  let rows = 0
  for await (const { cells } of readTable(dialect, columns)) {
    vote(votes.price, cells[mapping.price.column]!)
    if (typeof mapping.quantity === 'string') vote(votes.quantity, cells[mapping.quantity]!)
    if (++rows >= SAMPLE_ROWS) break
  }
  const saysSomething = votes.price['.'] + votes.price[','] > 0
  return verdict(format, saysSomething ? votes.price : sum(votes.price, votes.quantity))
}

type Votes = Record<DecimalSign | 'either', number>
const noVotes = (): Votes => ({ '.': 0, ',': 0, either: 0 })

function vote(votes: Votes, cell: string): void {
  const sign = decimalSignOf(cell)
  if (sign) votes[sign]++
}

function sum(a: Votes, b: Votes): Votes {
  return { '.': a['.'] + b['.'], ',': a[','] + b[','], either: a.either + b.either }
}

function verdict(format: NumberFormat, votes: Votes): DetectedNumbers {
  const [decimal, other]: [DecimalSign, DecimalSign] = votes['.'] >= votes[','] ? ['.', ','] : [',', '.']
  if (votes[decimal] > 0) {
    const against = votes[other] > 0 ? `, against ${count(votes[other])}` : ''
    return {
      format: { ...format, decimal },
      text: `decimal "${decimal}" (by ${count(votes[decimal])} numbers in the first rows${against})`,
    }
  }
  const text =
    votes.either > 0
      ? 'decimal sign not known: numbers like 1.234 may be thousands or decimals; give numbers.decimal in the mapping'
      : 'no number in the first rows has decimals'
  return { format, text }
}

const count = (value: number) => value.toLocaleString('en')
