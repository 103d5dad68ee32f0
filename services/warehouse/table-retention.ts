/** How long the warehouse keeps rows: TTL expressions of its tables, which end rows when their parts are merged. */
import type { Retention, TableRule } from '@shelfcast/contracts/retention'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'

export interface AppliedRetention {
  /** Tables whose TTL was changed. */
  updates: string[]
  /** Tables that are named, and are not there. */
  missing: string[]
}

/**
 * Gives each table that the retention names its TTL, where that is not what it has. Rows that are past a new one go in
 * the background.
 */
export async function applyTableRetention(
  warehouse: Warehouse,
  retention: Retention,
  log: Logger,
): Promise<AppliedRetention> {
  const ttls = await tableTtls(warehouse)
  const applied: AppliedRetention = { updates: [], missing: [] }
  for (const [table, rule] of Object.entries(retention.warehouse)) {
    const ttl = ttls.get(table)
    const expected = ttlOf(rule)
    if (ttl === undefined) applied.missing.push(table)
    if (ttl === undefined || ttl === expected) continue
    try {
      await warehouse.command({
        query: `alter table ${table} ${expected === '' ? 'remove ttl' : `modify ttl ${expected}`}`,
      })
    } catch (error) {
      throw new Error(
        `The retention of ${table} cannot be "${expected}": ${error instanceof Error ? error.message : error}. Name a Date or DateTime column of it in services/contracts/retention.json.`,
        { cause: error },
      )
    }
    applied.updates.push(table)
    log.info({ table, ttl: expected || 'none', before: ttl || 'none' }, 'retention of a table changed')
  }
  if (applied.missing.length > 0)
    log.info({ tables: applied.missing }, 'tables that have a retention are not there yet')
  return applied
}

/** TTL expression of a rule as the engine writes it, so that the two can be compared; empty where rows are kept. */
export function ttlOf({ days, column }: TableRule): string {
  return days === null ? '' : `toDateTime(${column}) + toIntervalDay(${days})`
}

/** TTL expression of each table of the database but those behind overviews, as the engine writes it; or empty. */
export async function tableTtls(warehouse: Warehouse): Promise<Map<string, string>> {
  const rows = await rowsOf<{ name: string; engine_full: string }>(
    warehouse,
    `
    select name, engine_full
    from system.tables
    where database = currentDatabase() and engine like '%MergeTree' and not startsWith(name, '.inner')`,
  )
  return new Map(
    rows.map(({ name, engine_full }) => [name, / TTL (.+?)(?: SETTINGS |$)/.exec(engine_full)?.[1] ?? '']),
  )
}
