/** Lots that will expire before they are sold, what a lower price saves of them, and transfers to stores that need them. */
import { SLOW_MOVER_HEAD } from '@shelfcast/contracts/detection'
import { createSettings } from '@shelfcast/operational/planning-settings'
import { lotsAtRisk } from '@shelfcast/planning/lots/lots-at-risk'
import { readModelFeatures } from '@shelfcast/warehouse/model-features'
import { lastDay } from '@shelfcast/warehouse/queries/days'
import { type LotAtRiskRow, toStoredLot, toStoredTransfer } from '@shelfcast/warehouse/queries/lots'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import type { Backends } from '../backends.ts'
import type { Job } from '../engine/job.ts'
import { loadChampion, parameterOf, scoreRows } from '../models/champions.ts'
import { planTransfersOf, type TransferRow } from './lots/transfer-plan.ts'
import { forecastOrigin, type LotWorld, readLotWorld, type ShelfSeries } from './lots/world.ts'

const NONE = {
  lots: 0,
  slow_movers: 0,
  expired: 0,
  loss_minor_units: 0,
  markdowns: 0,
  saved_minor_units: 0,
  transfers: 0,
  trips: 0,
  transfers_minor_units: 0,
}

export function findSlowMovers(): Job<'find-slow-movers'> {
  return {
    name: 'find-slow-movers',
    async run({ backends, now, signal }) {
      const { warehouse, operational, registry } = backends
      const read = readerOf(warehouse)
      const [day, origin, settings, demand] = await Promise.all([
        lastDay(read),
        forecastOrigin(read),
        createSettings(operational).current(),
        registry.champion('demand'),
      ])
      if (day === undefined)
        return {
          figures: NONE,
          shortfalls: ['The daily series are empty, so nothing was looked at. Run the job build-features.'],
        }
      const scores = await scoresOf(backends, day)
      signal.throwIfAborted()
      const world = await readLotWorld(read, { origin, settings: settings.settings, champion: demand })
      signal.throwIfAborted()
      const { transfers, withoutPrice } = planTransfersOf(world)
      const lots = world.series.flatMap((series) => lotsOf(series, world, scores, transfers))
      const found_at = now()
      const insert = (table: string, values: object[]) =>
        values.length === 0
          ? undefined
          : warehouse.insert({
              table,
              values,
              format: 'JSONEachRow',
              clickhouse_settings: { async_insert: 0 },
            })
      await insert(
        'slow_movers',
        lots.map((lot) => ({ ...toStoredLot(lot, scores.version), origin: day, found_at })),
      )
      await insert(
        'transfer_proposals',
        transfers.map((transfer) => ({ ...toStoredTransfer(transfer), origin: day, found_at })),
      )
      const rows = world.series.reduce((sum, series) => sum + series.lots.length, 0)
      // Last: it says that what was found is there.
      await insert('detection_runs', [
        { model: 'slow-mover', day, rows, found: lots.length, model_version: scores.version, found_at },
      ])
      return {
        figures: { lots: rows, ...figuresOf(lots, transfers) },
        shortfalls: [
          ...scores.shortfalls,
          ...shortfallsOf(world, {
            origin,
            hasBands: demand?.manifest.demand?.sums !== undefined,
            withoutPrice,
          }),
        ],
      }
    },
  }
}

function figuresOf(lots: readonly LotAtRiskRow[], transfers: readonly TransferRow[]) {
  const sum = <Row>(rows: readonly Row[], value: (row: Row) => number) =>
    rows.reduce((total, row) => total + value(row), 0)
  return {
    slow_movers: lots.length,
    expired: lots.filter(({ days_left }) => days_left <= 0).length,
    loss_minor_units: sum(lots, ({ loss_amount }) => loss_amount ?? 0),
    markdowns: lots.filter(({ markdown }) => markdown !== null).length,
    saved_minor_units: sum(lots, ({ markdown }) => markdown?.saved ?? 0),
    transfers: transfers.length,
    trips: new Set(transfers.map(({ from_store, to_store }) => `${from_store} ${to_store}`)).size,
    transfers_minor_units: sum(transfers, ({ worth }) => worth),
  }
}

interface Scores {
  /** Empty: there is no champion. */
  version: string
  threshold: number
  of(store_id: string, sku: string, lot: string, expires_on: string | null): number | undefined
  shortfalls: string[]
}

/** What the champion of slow-mover says of the lots of that evening. */
async function scoresOf({ warehouse, champions }: Backends, day: string): Promise<Scores> {
  const champion = await champions.champion('slow-mover')
  if (!champion)
    return {
      version: '',
      threshold: Number.POSITIVE_INFINITY,
      of: () => undefined,
      shortfalls: [
        'There is no champion of the model slow-mover yet, so lots are judged by the distribution of demand alone. Train one: npm run jobs -- train --model slow-mover',
      ],
    }
  const bundle = await loadChampion('slow-mover', champion)
  try {
    const rows = await readModelFeatures(warehouse, 'slow-mover', { origins: [day] })
    const probabilities = await scoreRows(bundle, SLOW_MOVER_HEAD.name, rows)
    const byLot = new Map(
      rows.map((row, index) => [
        `${row.store_id} ${row.sku} ${row.lot} ${row.expires_on}`,
        probabilities[index]!,
      ]),
    )
    return {
      version: champion.version,
      threshold: parameterOf(bundle, SLOW_MOVER_HEAD.threshold),
      of: (store_id, sku, lot, expires_on) => byLot.get(`${store_id} ${sku} ${lot} ${expires_on}`),
      shortfalls: [],
    }
  } finally {
    await bundle.release()
  }
}

function lotsOf(
  series: ShelfSeries,
  world: LotWorld,
  scores: Scores,
  transfers: readonly TransferRow[],
): LotAtRiskRow[] {
  const { store_id, sku, store, product } = series
  if (series.lots.length === 0) return []
  const leaving = transfers.filter(({ from_store, sku: moved }) => from_store === store_id && moved === sku)
  const { settings } = world
  return lotsAtRisk({
    today: store.today,
    unit: product.unit,
    lots: series.lots,
    sales: series.sales,
    cost:
      product.cost ??
      (product.price === null ? null : Math.round(product.price * settings.unknown_cost_share)),
    price: series.price,
    elasticity: world.elasticities.ofSku(sku, product.category),
    salvageShare: settings.salvage_share,
    unknownCostShare: settings.unknown_cost_share,
    settings: settings.lots,
    modelProbability: ({ lot, expires_on }) => scores.of(store_id, sku, lot, expires_on),
    modelThreshold: scores.threshold,
  }).map((row) => ({
    ...row,
    store_id,
    sku,
    category: product.category,
    transfer_quantity: leaving
      .filter(({ lot, expires_on }) => lot === row.lot && expires_on === row.expires_on)
      .reduce((sum, { quantity }) => sum + quantity, 0),
  }))
}

function shortfallsOf(
  world: LotWorld,
  { origin, hasBands, withoutPrice }: { origin: string | undefined; hasBands: boolean; withoutPrice: number },
): string[] {
  const shortfalls: string[] = []
  if (origin === undefined)
    shortfalls.push('There are no forecasts, so what will be left over is not known. Run the job score.')
  else if (!hasBands)
    shortfalls.push(
      'The champion of demand says nothing of sums of days, so a usual spread is taken. Train it again: npm run jobs -- train',
    )
  const unheard = world.silentStores.length
  if (unheard > 0)
    shortfalls.push(
      `Of ${unheard} stores nothing was ever heard (${world.silentStores.slice(0, 5).join(', ')}), so their stock is not known and they are left out.`,
    )
  if (withoutPrice > 0)
    shortfalls.push(
      `Of ${withoutPrice} SKUs nobody says a price, so no transfer of them is valued. Publish them with the products.`,
    )
  return shortfalls
}
