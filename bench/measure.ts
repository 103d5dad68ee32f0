/** What benches have in common: how they are asked, what they answer, and measurements in processes of their own. */
import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import type { Progress } from '@shelfcast/platform/tools/progress'

export interface BenchOptions {
  /** As little work as shows that it runs. */
  quick: boolean
  /** Whether comparisons may install and run Python packages. */
  python: boolean
  /** How much is put through the gate or through ingest; what is usual when absent. */
  baskets?: number
  /** How many lines the warehouse of queries has; what is usual when absent. */
  lines?: number
  /** Up to how many series features goes; all of its numbers when absent. */
  series?: number
  /** Folder of a trained model that features are scored with. */
  bundle?: string
  /** Whether ingest also shows where the time of its process goes. */
  profile: boolean
  progress: Progress
}

export interface BenchResult {
  /** For people. */
  table: string
  /** By name, with the unit in it. */
  figures: Record<string, number>
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>

/** Runs a measurement in a process of its own, so that its memory and its warm code are its own too. */
export async function inProcess<F>(interpreter: string, file: string, task: unknown): Promise<F> {
  const output = await run(interpreter, [join(import.meta.dirname, file), JSON.stringify(task)])
  return JSON.parse(output.trim().split('\n').at(-1)!) as F
}

/** The value that so large a share of the values is at or below. @param share 0 to 1 */
export function quantileOf(values: readonly number[], share: number): number {
  const ascending = values.toSorted((one, other) => one - other)
  return ascending[Math.max(1, Math.ceil(share * ascending.length)) - 1]!
}

/** The rows under the names of their columns; the first column to the left, numbers to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
