/** Lines of messages as the warehouse holds them: what became of what a source has sent. */
import type { LandedEnds, LandedLines, LandedQuestion } from '@shelfcast/contracts/landed'
import { DEAD_LETTER_TABLE, FACT_TABLE, LEDGER_TABLE } from '@shelfcast/contracts/warehouse'
import { readLoadedChains } from '@shelfcast/warehouse/queries/ledger'
import type { Reader } from '@shelfcast/warehouse/queries/rows'

/** Of the newest life of each topic. */
export async function landedEnds(read: Reader): Promise<LandedEnds> {
  const chains = await readLoadedChains(read)
  return { ends: chains.map(({ topic, partition, end_offset: end }) => ({ topic, partition, end })) }
}

/** @param question of messages that are loaded; those that are not count as none */
export async function landedLines(read: Reader, question: LandedQuestion): Promise<LandedLines> {
  const sales = await linesBy(
    read,
    `select kind as label, count() as lines from ${FACT_TABLE['sales-transactions']}`,
    question,
  )
  const refused = await linesBy(
    read,
    `select reason as label, sum(line_count) as lines from ${DEAD_LETTER_TABLE}`,
    question,
  )
  return {
    accepted: sales.get('sale') ?? 0,
    reversed: sales.get('return') ?? 0,
    refused: Object.fromEntries(refused),
  }
}

async function linesBy(
  read: Reader,
  select: string,
  { partition, ranges }: LandedQuestion,
): Promise<Map<string, number>> {
  const rows = await read<{ label: string; lines: number }>(
    `
    ${select}
    where topic = 'sales-transactions'
        and epoch = (select max(epoch) from ${LEDGER_TABLE} where topic = 'sales-transactions')
        and partition = {partition:Int32}
        and offset >= {first:Int64}
        and offset < {last:Int64}
        and arrayExists(
            (range_begin, range_end) -> offset >= range_begin and offset < range_end,
            {begins:Array(Int64)},
            {ends:Array(Int64)}
        )
    group by label`,
    {
      partition,
      first: Math.min(...ranges.map(({ begin }) => begin)),
      last: Math.max(...ranges.map(({ end }) => end)),
      begins: ranges.map(({ begin }) => begin),
      ends: ranges.map(({ end }) => end),
    },
  )
  return new Map(rows.map(({ label, lines }) => [label, lines]))
}
