/** Lots at risk and transfers as they are stored. */
import type { LotAtRisk, Transfer, TransferStep } from '@shelfcast/contracts/lots'
import type { Reader } from './rows.ts'

export type LotAtRiskRow = Omit<LotAtRisk, 'name' | 'words'>
export type TransferProposalRow = Omit<Transfer, 'name' | 'words'>

/** Pieces, kilograms or litres in a unit of facts: the table has the larger, since models have. */
const scaleOf = (unit: LotAtRisk['unit']) => (unit === 'each' ? 1 : 0.001)

/** As the table takes it. */
export function toStoredLot(row: LotAtRiskRow, model_version: string): Record<string, unknown> {
  const { unit, markdown, steps, model_probability, stock, on_hand, expected_unsold, ...lot } = row
  const { transfer_quantity, ...rest } = lot
  const large = (quantity: number) => quantity * scaleOf(unit)
  return {
    ...rest,
    unit,
    probability: model_probability ?? row.unsold_probability ?? 0,
    model_version: model_probability === null ? '' : model_version,
    on_hand: large(on_hand),
    stock: large(stock),
    expected_unsold: expected_unsold === null ? null : large(expected_unsold),
    expected_sales: expected_unsold === null ? 0 : large(on_hand - expected_unsold),
    transfer_quantity: large(transfer_quantity),
    markdown_off: markdown?.off ?? 0,
    saved_amount: markdown?.saved ?? 0,
    markdown_price: markdown?.price ?? null,
    markdown_unsold: markdown ? large(markdown.unsold) : null,
    saved_low: markdown?.low ?? null,
    saved_high: markdown?.high ?? null,
    'steps.off': steps.map(({ off }) => off),
    'steps.price': steps.map(({ price }) => price),
    'steps.unsold': steps.map(({ unsold }) => large(unsold)),
    'steps.saved': steps.map(({ saved }) => saved),
    'steps.low': steps.map(({ low }) => low),
    'steps.high': steps.map(({ high }) => high),
  }
}

/** As the table takes it. */
export function toStoredTransfer({ steps, ...row }: TransferProposalRow): Record<string, unknown> {
  return {
    ...row,
    'steps.step': steps.map(({ step }) => step),
    'steps.before': steps.map(({ before }) => before),
    'steps.after': steps.map(({ after }) => after),
    'steps.facts': steps.map(({ facts }) => JSON.stringify(facts)),
  }
}

/** When the newest run looked, and what its forecasts knew. */
export async function readLotRun(read: Reader): Promise<{ found_at: string; origin: string } | undefined> {
  const [run] = await read<{ found_ms: number; origin: string }>(`
    select toUnixTimestamp64Milli(found_at) as found_ms, toString(day) as origin
    from detection_runs final
    where model = 'slow-mover'
    order by day desc
    limit 1`)
  return run && { found_at: new Date(run.found_ms).toISOString(), origin: run.origin }
}

type StoredLot = Omit<LotAtRiskRow, 'steps' | 'markdown' | 'model_probability'> & {
  probability: number
  model_version: string
  markdown_off: number
  saved_amount: number
  markdown_price: number | null
  markdown_unsold: number | null
  saved_low: number | null
  saved_high: number | null
  prices: [off: number, price: number, unsold: number, saved: number, low: number, high: number][]
}

/** Most money first; all parts that are given must hold. */
export async function readLotsAtRisk(
  read: Reader,
  choice: {
    store_id?: string | undefined
    sku?: string | undefined
    category?: string | undefined
    markdown?: 'yes' | 'no' | undefined
    limit: number
  },
): Promise<LotAtRiskRow[]> {
  const { store_id = '', sku = '', category = '', markdown = '', limit } = choice
  const rows = await read<StoredLot>(
    `
    select
        store_id,
        sku,
        category,
        lot,
        unit,
        toString(expires_on) as expires_on,
        days_left,
        on_hand,
        stock,
        expected_unsold,
        unsold_probability,
        probability,
        model_version,
        loss_amount,
        price,
        markdown_off,
        saved_amount,
        markdown_price,
        markdown_unsold,
        saved_low,
        saved_high,
        markdown_reason,
        arrayZip(steps.off, steps.price, steps.unsold, steps.saved, steps.low, steps.high) as prices,
        elasticity,
        elasticity_error,
        elasticity_basis,
        transfer_quantity,
        demand_basis
    from slow_movers_latest
    where {store_id:String} in ('', store_id)
        and {sku:String} in ('', sku)
        and {category:String} in ('', category)
        and {markdown:String} in ('', if(markdown_off > 0, 'yes', 'no'))
    order by greatest(saved_amount, ifNull(loss_amount, 0)) desc, store_id, sku, slow_movers_latest.expires_on, lot
    limit {limit:UInt32}`,
    { store_id, sku, category, markdown, limit },
  )
  return rows.map(fromStoredLot)
}

function fromStoredLot(row: StoredLot): LotAtRiskRow {
  const {
    probability,
    model_version,
    markdown_off,
    saved_amount,
    markdown_price,
    markdown_unsold,
    saved_low,
    saved_high,
    prices,
    ...lot
  } = row
  const small = (quantity: number) => Number((quantity / scaleOf(row.unit)).toPrecision(9))
  return {
    ...lot,
    on_hand: small(row.on_hand),
    stock: small(row.stock),
    expected_unsold: row.expected_unsold === null ? null : small(row.expected_unsold),
    transfer_quantity: small(row.transfer_quantity),
    model_probability: model_version === '' ? null : probability,
    markdown:
      markdown_price === null
        ? null
        : {
            // The column is a Float32.
            off: Number(markdown_off.toPrecision(6)),
            price: markdown_price,
            unsold: small(markdown_unsold ?? 0),
            saved: saved_amount,
            low: saved_low ?? 0,
            high: saved_high ?? 0,
          },
    steps: prices.map(([off, price, unsold, saved, low, high]) => ({
      off,
      price,
      unsold: small(unsold),
      saved,
      low,
      high,
    })),
  }
}

type StoredTransfer = Omit<TransferProposalRow, 'steps'> & {
  parts: [step: TransferStep['step'], before: number, after: number, facts: string][]
}

/** The trip that is worth most first, and of it the line. */
export async function readTransfers(
  read: Reader,
  choice: { store_id?: string | undefined; sku?: string | undefined; limit: number },
): Promise<TransferProposalRow[]> {
  const { store_id = '', sku = '', limit } = choice
  const rows = await read<StoredTransfer>(
    `
    select
        from_store,
        to_store,
        sku,
        lot,
        unit,
        if(expires_on is null, null, toString(expires_on)) as expires_on,
        quantity,
        worth,
        trip_worth,
        km,
        arrayZip(steps.step, steps.before, steps.after, steps.facts) as parts
    from transfer_proposals_latest
    where ({store_id:String} = '' or {store_id:String} in (from_store, to_store))
        and {sku:String} in ('', sku)
    order by trip_worth desc, from_store, to_store, worth desc, sku, lot
    limit {limit:UInt32}`,
    { store_id, sku, limit },
  )
  return rows.map(({ parts, ...row }) => ({
    ...row,
    steps: parts.map(([step, before, after, facts]) => ({
      step,
      before,
      after,
      facts: JSON.parse(facts) as TransferStep['facts'],
    })),
  }))
}
