/** What the loaded tables hold, in figures that are the same when the rows are. */
import type { Chain } from '@shelfcast/contracts/lake'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { rowsOf } from '@shelfcast/warehouse/queries/rows'
import { tableTtls } from '@shelfcast/warehouse/table-retention'

export interface TableFigures {
  table: string
  rows: number
  /** Sum of the hashes of all rows, whatever their order. */
  hash: string
}

export interface Figures {
  tables: TableFigures[]
  /** Minor units of all currencies added up: good for a comparison, and nothing else. */
  net_amount: string
  refused_lines: Record<string, number>
}

// Sums of these go when their rows are merged, so they are grouped first; the pulses of the Live page end after days.
const GROUPED = {
  sales_hourly: `
    select
        store_id, sku, hour, currency, unit,
        sum(lines), sum(quantity), sum(gross_amount), sum(net_amount)
    from sales_hourly
    group by store_id, sku, hour, currency, unit`,
  accepted_totals:
    'select topic, sum(lines_accepted), sum(lines_reversed) from accepted_totals group by topic',
  refused_totals: 'select topic, reason, sum(lines) from refused_totals group by topic, reason',
}

/** @param until rows whose retention ends before are left out: whether they are still there is left to merges */
export async function figuresOf(warehouse: Warehouse, until: Date): Promise<Figures> {
  const plain = [...Object.values(FACT_TABLE), DEAD_LETTER_TABLE, 'message_positions']
  const ttls = await tableTtls(warehouse)
  const fromClause = (table: string) => {
    const ttl = ttls.get(table)
    return ttl ? `${table} where ${ttl} > fromUnixTimestamp(${Math.ceil(until.getTime() / 1_000)})` : table
  }
  const sources: Record<string, string> = {
    ...Object.fromEntries(plain.map((table) => [table, `select * from ${fromClause(table)}`])),
    [LEDGER_TABLE]: `select * except (loaded_at, load) from ${LEDGER_TABLE}`,
    ...GROUPED,
  }
  const tables: TableFigures[] = []
  for (const [table, source] of Object.entries(sources)) {
    // In a tuple, because the hash of something null would be null.
    const [row] = await rowsOf<{ rows: number; hash: string }>(
      warehouse,
      `select count() as rows, toString(sum(cityHash64(tuple(*)))) as hash from (${source})`,
    )
    tables.push({ table, ...row! })
  }
  const [net] = await rowsOf<{ net_amount: string }>(
    warehouse,
    `select toString(sum(net_amount)) as net_amount from ${fromClause('fact_sales')}`,
  )
  const refused = await rowsOf<{ reason: string; lines: number }>(
    warehouse,
    `select reason, sum(line_count) as lines from ${fromClause(DEAD_LETTER_TABLE)} group by reason order by reason`,
  )
  return {
    tables,
    net_amount: net!.net_amount,
    refused_lines: Object.fromEntries(refused.map(({ reason, lines }) => [reason, lines])),
  }
}

/** Where each chain ends in the ledger. */
export async function ledgerEnds(warehouse: Warehouse): Promise<(Chain & { end: bigint; rows: number })[]> {
  const rows = await rowsOf<Chain & { end: string; rows: number }>(
    warehouse,
    `
      select topic, epoch, partition, toString(max(end_offset)) as end, sum(rows_accepted + rows_refused) as rows
      from ${LEDGER_TABLE}
      group by topic, epoch, partition`,
  )
  return rows.map((row) => ({ ...row, end: BigInt(row.end) }))
}
