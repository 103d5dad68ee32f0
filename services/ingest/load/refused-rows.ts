/** Refused rows of blocks, read from the lake by the engine: to decode a whole block for the few of them takes longer. */
import type { RefusedRow } from '@shelfcast/contracts/refusals'
import type { Warehouse } from '@shelfcast/warehouse/client'
import type { BlockFacts } from './block-facts.ts'
import { namesOf, readBlocks } from './rows.ts'

interface Answer extends Pick<RefusedRow, 'epoch' | 'partition' | 'line' | 'reason' | 'detail'> {
  position: string
  body: string
}

const COLUMNS = ['epoch', 'partition', 'offset', 'line_no', 'reason', 'detail', 'payload']

/** @param blocks of one topic, at least one; they are in the lake, and need not be loaded */
export async function* refusedRows(
  warehouse: Warehouse,
  blocks: readonly BlockFacts[],
): AsyncGenerator<RefusedRow> {
  const answer = await warehouse.query({
    query: `
      select epoch, partition, toString(offset) as position, line_no as line, reason, detail,
          base64Encode(payload) as body
      from ${readBlocks(blocks[0]!.topic, COLUMNS)}
      where reason is not null`,
    query_params: { names: namesOf(blocks) },
    // Or the `p=03` of the name would become a column.
    clickhouse_settings: { use_hive_partitioning: 0 },
    format: 'JSONEachRow',
  })
  for await (const rows of answer.stream<Answer>()) {
    for (const row of rows) {
      const { position, body, ...facts } = row.json()
      yield { ...facts, offset: BigInt(position), payload: Buffer.from(body, 'base64') }
    }
  }
}
