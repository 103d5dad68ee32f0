/** The lists that presets are made from: CSV files beside this one, which a spreadsheet opens. */
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

export type Row = Readonly<Record<string, string>>

export function readRows(
  name: 'articles' | 'categories' | 'stores' | 'suppliers' | 'varieties' | 'zones',
): Row[] {
  return parse(readFileSync(new URL(`./${name}.csv`, import.meta.url)), { columns: true })
}

/** Column by column, so that a name misspelt is found when the list is read. */
export function text(row: Row, column: string): string {
  const value = row[column]
  if (value === undefined)
    throw new Error(`The list has no column ${column}; it has ${Object.keys(row).join(', ')}.`)
  return value
}

export function number(row: Row, column: string): number {
  const value = text(row, column)
  if (value === '' || Number.isNaN(Number(value))) {
    throw new Error(
      `Column ${column} holds "${value}", which is no number, in: ${Object.values(row).join(',')}`,
    )
  }
  return Number(value)
}

/** @returns undefined where the cell is empty */
export function optional(row: Row, column: string): string | undefined {
  return text(row, column) || undefined
}

export function list(row: Row, column: string): string[] {
  return text(row, column).split(' ')
}

/** Middle of July is 7.5 as month, and 0.54 as share of the year. */
export function shareOfYear(month: string): number {
  return Math.round(((Number(month) - 1) / 12) * 1000) / 1000
}
