/** Questions to the warehouse: SQL with parameters in, plain rows out. */
import type { Warehouse } from '../client.ts'

/** Rows of a query. 64-bit integers are numbers: sums of minor units stay below 2^53. */
export type Reader = <Row>(query: string, parameters?: Record<string, unknown>) => Promise<Row[]>

export async function rowsOf<Row>(
  warehouse: Warehouse,
  query: string,
  parameters: Record<string, unknown> = {},
): Promise<Row[]> {
  const answer = await warehouse.query({
    query,
    query_params: parameters,
    format: 'JSONEachRow',
    clickhouse_settings: { output_format_json_quote_64bit_integers: 0 },
  })
  return answer.json<Row>()
}

/** Reads without a limit of its own, as commands and jobs do. */
export function readerOf(warehouse: Warehouse): Reader {
  return (query, parameters) => rowsOf(warehouse, query, parameters)
}
