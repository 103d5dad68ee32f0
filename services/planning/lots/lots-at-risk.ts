/** Lots of a SKU of a store that are expected to be left over, and what a lower price would save. */
import { addDays, daysBetween } from '@shelfcast/contracts/dates'
import type { LotSettings } from '@shelfcast/contracts/lot-settings'
import type { LotAtRisk } from '@shelfcast/contracts/lots'
import type { Elasticity } from './elasticity.ts'
import { lotOutlooks, type ShelfLot } from './fefo.ts'
import { proposeMarkdown } from './markdown.ts'
import type { SalesAhead } from './sales-ahead.ts'

export interface StoreLot {
  lot: string
  /** Last day of sale; null where it is not known. */
  expires_on: string | null
  /** In the unit of facts, as all quantities. */
  quantity: number
}

export interface ShelfQuestion {
  today: string
  unit: LotAtRisk['unit']
  lots: readonly StoreLot[]
  /** Null: there is no forecast. */
  sales: SalesAhead | null
  /** Minor units per piece, kilogram or litre; null where nobody says. */
  cost: number | null
  /** As customers pay it today. */
  price: number | null
  elasticity: Elasticity
  /** Got for what has expired, as share of the cost. */
  salvageShare: number
  /** Cost, as share of the price, where nobody says it: for the floor alone. */
  unknownCostShare: number
  settings: LotSettings
  /** Of a lot, by the model; undefined where it did not score it. */
  modelProbability: (lot: StoreLot) => number | undefined
  /** From which on the model takes a lot for one that is thrown away in part. */
  modelThreshold: number
}

/** What the pure part knows of a row. */
export type LotRow = Omit<
  LotAtRisk,
  'store_id' | 'sku' | 'name' | 'category' | 'words' | 'transfer_quantity' | 'expires_on'
> & { expires_on: string }

/** Lots that expire later are looked at another time: forecasts end here, and what is said past them the next orders change. */
const AHEAD_DAYS = 28

const LAST_DAY = '9999-12-31'
const compare = (one: string, other: string) => (one < other ? -1 : Number(one > other))

/** Pieces, kilograms or litres in a unit of facts. */
export const scaleOf = (unit: LotAtRisk['unit']): number => (unit === 'each' ? 1 : 0.001)
/** What counts as left over. */
export const wholeOf = (unit: LotAtRisk['unit']): number => (unit === 'each' ? 1 : 0)

/** In the order in which they are sold; those that expire past the forecasts are taken to keep. */
export function shelfOf<Lot extends StoreLot>(lots: readonly Lot[], today: string): (Lot & ShelfLot)[] {
  return lots
    .map((lot) => {
      const days = lot.expires_on === null ? Infinity : daysBetween(today, lot.expires_on) + 1
      return { ...lot, days: days > AHEAD_DAYS ? null : days }
    })
    .sort(
      (one, other) =>
        compare(one.expires_on ?? LAST_DAY, other.expires_on ?? LAST_DAY) || compare(one.lot, other.lot),
    )
}

/**
 * A lot is told when it has expired, when at least `least_loss` of it is expected to be left over, or when the model takes
 * it for one that is thrown away in part. Where the cost is not known, one piece or kilogram is enough; without a forecast
 * nobody knows what will be left over, so it is told too.
 */
export function lotsAtRisk(question: ShelfQuestion): LotRow[] {
  const { today, unit, sales, cost, settings } = question
  const scale = scaleOf(unit)
  const likelyCost = cost ?? (question.price ?? 0) * question.unknownCostShare
  const shelf = shelfOf(question.lots, today)
  const outlooks = sales ? lotOutlooks(shelf, sales.over, wholeOf(unit)) : undefined
  const rows = shelf.flatMap((lot, place): LotRow[] => {
    if (lot.days === null) return []
    const outlook = outlooks?.[place]
    const hasExpired = lot.days <= 0
    const unsold = hasExpired ? lot.quantity : (outlook?.unsold ?? null)
    const loss = cost === null || unsold === null ? null : Math.round(unsold * scale * cost)
    const modelProbability = hasExpired ? undefined : question.modelProbability(lot)
    const isTold =
      hasExpired ||
      (loss === null ? (unsold ?? lot.quantity) * scale >= 1 : loss >= settings.least_loss) ||
      (modelProbability !== undefined && modelProbability >= question.modelThreshold)
    if (!isTold) return []
    const row = {
      lot: lot.lot,
      unit,
      expires_on: addDays(today, lot.days - 1),
      days_left: lot.days,
      on_hand: lot.quantity,
      stock: outlook?.stock ?? lot.quantity,
      expected_unsold: unsold,
      unsold_probability: hasExpired ? 1 : (outlook?.probability ?? null),
      model_probability: modelProbability ?? null,
      loss_amount: loss,
      price: question.price,
      demand_basis: sales?.basis ?? ('' as const),
    }
    if (hasExpired || !sales)
      return [{ ...row, ...WITHOUT_MARKDOWN, markdown_reason: hasExpired ? 'expired' : 'no_forecast' }]
    const { choice, steps, reason } = proposeMarkdown({
      lots: shelf.slice(0, place + 1).filter(({ days }) => days! > 0),
      demand: (factor) => sales.times(factor).over,
      price: question.price,
      floor: Math.ceil(likelyCost * settings.markdown_floor_share),
      scale,
      elasticity: question.elasticity,
      salvage: likelyCost * question.salvageShare,
    })
    return [
      {
        ...row,
        markdown: choice,
        markdown_reason: reason,
        steps,
        elasticity: question.elasticity.value,
        elasticity_error: question.elasticity.error,
        elasticity_basis: question.elasticity.basis,
      },
    ]
  })
  return onePrice(rows)
}

/** A SKU has one price: that of the lot up to which it saves most, for all stock that is sold before. */
function onePrice(rows: readonly LotRow[]): LotRow[] {
  const best = rows.reduce<LotRow | undefined>(
    (most, row) =>
      row.markdown && !(most?.markdown && most.markdown.saved >= row.markdown.saved) ? row : most,
    undefined,
  )
  return rows.map((row) =>
    row.markdown && row !== best ? { ...row, markdown: null, markdown_reason: 'with_other_lot' } : row,
  )
}

const WITHOUT_MARKDOWN = {
  markdown: null,
  steps: [] as LotRow['steps'],
  elasticity: null,
  elasticity_error: null,
  elasticity_basis: '' as const,
}
