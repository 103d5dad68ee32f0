/** A day of a series, and what it was made of: lines of baskets, or the row of a history. */
import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { readBlocks } from '../dead-letters/blocks.ts'
import { lineId, SALE_COLUMNS, SALES_TOPIC, type SaleFact } from './facts.ts'
import { historyHop } from './history.ts'
import { badMark, hopOf, instantOf, linksOf, type Page, type Parameters, type Prove, pageOf } from './hops.ts'
import { type DaySources, LIVE, type SeriesDay } from './series-day.ts'

/**
 * A day at a store lies between 14 hours before it in UTC and 12 after it, whatever the time zone: rows are sorted by
 * store and time, so the other days of the store are not read.
 */
const OF_THE_DAY = `store_id = {store_id:String}
        and event_time >= toDateTime64({day:Date}, 3, 'UTC') - toIntervalHour(14)
        and event_time < toDateTime64({day:Date}, 3, 'UTC') + toIntervalHour(36)
        and business_date = {day:Date}
        and sku = {sku:String}`

/** What differs by less is the 32 bits of a stored number. */
const SAME_WITHIN = 1e-5

export async function dayHop(
  sources: DaySources,
  { store_id, sku, day }: Omit<ReceiptOf<'day'>, 'kind'>,
  page: Page,
): Promise<{ hop: Hop; row: SeriesDay | undefined; lines: SaleFact[] }> {
  const { prove } = sources
  const parts = { store_id, sku, day }
  const { rows, proof } = await prove<SeriesDay>(
    `
    select units, price, promotion_off, promotion_kind, stock_out, source, filled_at
    from series_daily final
    where store_id = {store_id:String} and sku = {sku:String} and day = {day:Date}`,
    parts,
  )
  const [row] = rows
  if (row && row.source !== LIVE) return { row, lines: [], hop: await historyHop(sources, parts, row, proof) }
  const [lines, totals] = await Promise.all([linesOfDay(prove, parts, page), totalsOfDay(prove, parts)])
  const blocks = await readBlocks(
    sources.read,
    lines.page.map((line) => ({ ...line, topic: SALES_TOPIC })),
  )
  const { units, ...counts } = totals.row
  const isSame = row && Math.abs(units - row.units) <= SAME_WITHIN * Math.max(1, Math.abs(row.units))
  return {
    row,
    lines: lines.page,
    hop: hopOf('day', parts, {
      words: row
        ? `${sku} sold ${row.units} in store ${store_id} on ${day}, over ${counts.lines_sold} lines of ${counts.baskets} baskets.`
        : `${day} is not told as a day of the series yet; so far its baskets have ${counts.lines_sold} lines of ${sku} in store ${store_id}.`,
      figures: {
        ...(row && { ...row, stock_out: row.stock_out === 1, filled_at: instantOf(row.filled_at) }),
        units_of_lines: units,
        same_as_lines: isSame ?? null,
        ...counts,
      },
      rows: lines.page.map(({ store_id, business_date, sku: _, ...line }, index) => ({
        id: lineId(line),
        figures: { ...line, block: blocks[index] ?? null },
      })),
      next: lines.isMore ? markOf(lines.page.at(-1)!) : null,
      links: linksOf(receiptId('uses', parts)),
      proofs: [proof, totals.proof, lines.proof],
      missing:
        row && !isSame
          ? `The lines add up to ${units} and the day was filled with ${row.units}: lines came after it was filled, or their retention has ended. The job build-features fills the last week of days again.`
          : row || counts.lines_sold > 0
            ? null
            : `Neither series_daily nor fact_sales has SKU "${sku}" in store "${store_id}" on ${day}.`,
    }),
  }
}

async function linesOfDay(prove: Prove, parts: Parameters, { limit, after }: Page) {
  const mark = after === undefined ? undefined : parseMark(after)
  const { rows, proof } = await prove<SaleFact>(
    `
    select
        ${SALE_COLUMNS}
    from fact_sales as sales
    where ${OF_THE_DAY.replaceAll(/\b(store_id|event_time|business_date|sku) (=|>=|<)/g, 'sales.$1 $2')}${
      mark === undefined
        ? ''
        : `
        and (sales.event_time, sales.basket_id, sales.line_no, sales.offset)
            > (fromUnixTimestamp64Milli({after_ms:Int64}, 'UTC'), {after_basket:String}, {after_line:Int32}, {after_offset:Int64})`
    }
    order by sales.event_time, sales.basket_id, sales.line_no, sales.offset
    limit {limit:UInt32}`,
    { ...parts, limit: limit + 1, ...mark },
  )
  return { ...pageOf(rows, limit), proof }
}

async function totalsOfDay(prove: Prove, parts: Parameters) {
  const { rows, proof } = await prove<{
    lines_sold: number
    lines_returned: number
    baskets: number
    units: number
    returned: number
  }>(
    `
    select
        countIf(kind = 'sale') as lines_sold,
        countIf(kind = 'return') as lines_returned,
        uniqExact(basket_id) as baskets,
        sumIf(quantity, kind = 'sale') / if(any(unit) in ('each', ''), 1, 1000) as units,
        -sumIf(quantity, kind = 'return') / if(any(unit) in ('each', ''), 1, 1000) as returned
    from fact_sales
    where ${OF_THE_DAY}`,
    parts,
  )
  return { row: rows[0]!, proof }
}

const MARK = /^(\d{1,15})~([A-Za-z0-9][A-Za-z0-9._:-]{0,63})~(\d{1,9})~(\d{1,15})$/

const markOf = ({ event_time, basket_id, line_no, offset }: SaleFact): string =>
  [Date.parse(event_time), basket_id, line_no, offset].join('~')

function parseMark(after: string): Parameters {
  const match = MARK.exec(after)
  if (!match) throw badMark(after)
  const [, ms, basket, line, offset] = match
  return {
    after_ms: ms!,
    after_basket: basket!,
    after_line: Number(line),
    after_offset: offset!,
  }
}
