/** The API's questions to the warehouse: bounded in time, and with faults that its callers understand. */
import type { Readable } from 'node:stream'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { Reader } from '@shelfcast/warehouse/queries/rows'
import { warehouseError } from '../http/errors.ts'

/** As Reader, for answers that are too large to hold: rows in batches, as fast as they are taken. */
export type RowStream = <Row>(
  query: string,
  parameters?: Record<string, unknown>,
) => Promise<AsyncIterable<Row[]>>

// Every question of the API is meant to take milliseconds, and on a machine that is busy some take seconds. One that takes
// this long is better given up.
const LIMIT_S = 10
/** Of a stream, whose reader may be slow. */
const STREAM_LIMIT_S = 300

export function createReader(warehouse: Warehouse): Reader {
  return async <Row>(query: string, parameters: Record<string, unknown> = {}) => {
    try {
      const answer = await ask(warehouse, query, parameters, LIMIT_S)
      return await answer.json<Row>()
    } catch (error) {
      throw warehouseError(error)
    }
  }
}

export function createRowStream(warehouse: Warehouse): RowStream {
  return async <Row>(query: string, parameters: Record<string, unknown> = {}) => {
    try {
      const answer = await ask(warehouse, query, parameters, STREAM_LIMIT_S)
      return parsed<Row>(answer.stream())
    } catch (error) {
      throw warehouseError(error)
    }
  }
}

async function* parsed<Row>(batches: Readable): AsyncIterable<Row[]> {
  for await (const batch of batches) {
    yield (batch as { json: () => Row }[]).map((row) => row.json())
  }
}

function ask(warehouse: Warehouse, query: string, parameters: Record<string, unknown>, limitS: number) {
  return warehouse.query({
    query,
    query_params: parameters,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0, max_execution_time: limitS },
    // One second more than the warehouse's own limit: only for a warehouse that does not answer at all.
    abort_signal: AbortSignal.timeout((limitS + 1) * 1_000),
  })
}
