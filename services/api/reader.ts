/** Questions to the warehouse: SQL with parameters in, plain rows out. */
import type { Warehouse } from '@shelfcast/warehouse/client'
import { ClickHouseError } from '@shelfcast/warehouse/client'
import { fault, reasonOf } from './errors.ts'

/** Rows of a query. 64-bit integers are numbers: sums of minor units stay below 2^53. */
export type Reader = <Row>(query: string, parameters?: Record<string, unknown>) => Promise<Row[]>

// Every question of the API is meant to take milliseconds; one that takes this long is better given up.
const LIMIT_S = 5

// ClickHouse's codes for an unknown table and an unknown database.
const NOT_MIGRATED = new Set(['60', '81'])

export function createReader(warehouse: Warehouse): Reader {
  return async <Row>(query: string, parameters: Record<string, unknown> = {}) => {
    try {
      const answer = await warehouse.query({
        query,
        query_params: parameters,
        format: 'JSONEachRow',
        clickhouse_settings: { output_format_json_quote_64bit_integers: 0, max_execution_time: LIMIT_S },
        // One second more than the warehouse's own limit: only for a warehouse that does not answer at all.
        abort_signal: AbortSignal.timeout((LIMIT_S + 1) * 1_000),
      })
      return await answer.json<Row>()
    } catch (error) {
      if (!(error instanceof ClickHouseError)) {
        throw fault(
          503,
          'warehouse_unavailable',
          `The warehouse did not answer: ${reasonOf(error)}. Start it, then ask again.`,
        )
      }
      if (NOT_MIGRATED.has(error.code)) {
        throw fault(
          503,
          'warehouse_not_migrated',
          `The warehouse lacks a table: ${error.message}. Run services/warehouse/migrate.ts, then ask again.`,
        )
      }
      throw error
    }
  }
}
