/** A believable retailer that has been forecast for three months: 8 stores, 30 SKUs, three versions of the model. */

import { addDays, DAY_MS } from '@shelfcast/contracts/dates'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import type { GateVerdict } from '@shelfcast/contracts/models'
import { REASONS } from '@shelfcast/contracts/training'
import { createAlerts } from '@shelfcast/operational/alerts'
import type { Operational } from '@shelfcast/operational/client'
import { createRegistry } from '@shelfcast/operational/registry'
import { createRuns } from '@shelfcast/operational/runs'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { insert } from '../warehouse/warehouse.ts'

export const ORIGIN = '2026-03-01'
const HISTORY_DAYS = 120
const STORES = ['High Street', 'Riverside', 'Station', 'Old Town', 'Harbour', 'Airport', 'Campus', 'Hillside']
const CATEGORIES = ['Dairy', 'Bakery', 'Produce', 'Drinks', 'Household'] as const
const NAMES: Record<(typeof CATEGORIES)[number], string[]> = {
  Dairy: ['Whole Milk 2 L', 'Greek Yogurt 500 g', 'Salted Butter 250 g', 'Mature Cheddar', 'Oat Drink 1 L'],
  Bakery: ['Sourdough Loaf', 'Butter Croissant', 'Seeded Rolls x6', 'Wholemeal Sliced', 'Hot Cross Buns x4'],
  Produce: ['Bananas loose', 'Vine Tomatoes', 'Baby Spinach 200 g', 'Braeburn Apples', 'New Potatoes'],
  Drinks: ['Sparkling Water 6x', 'Cola 2 L', 'Orange Juice 1 L', 'Pale Ale 4x', 'Ground Coffee 250 g'],
  Household: ['Dish Soap', 'Kitchen Towel x4', 'Bin Bags 30 L', 'Laundry Tabs x20', 'Candles x10'],
}
const WEIGHED = new Set(['Bananas loose', 'Vine Tomatoes', 'Braeburn Apples', 'Mature Cheddar'])
const CHAMPION = 'demand-20260222-1'

export const storeId = (at: number): string => `S-${String(at + 1).padStart(2, '0')}`
export const dayAt = (offset: number): string => addDays(ORIGIN, offset)

/** Numbers between 0 and 1, the same each time. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

interface Product {
  sku: string
  name: string
  category: string
  unit: string
}

function productsOf(count: number): Product[] {
  const all = CATEGORIES.flatMap((category) => NAMES[category].map((name) => ({ category, name })))
  return Array.from({ length: count }, (_, at) => {
    const { category, name } = all[at % all.length]!
    const again = Math.floor(at / all.length)
    return {
      sku: `P-${1000 + at}`,
      category,
      unit: WEIGHED.has(name) ? 'g' : 'each',
      name: again === 0 ? name : `${name}, large`,
    }
  })
}

export interface Seeded {
  stores: number
  skus: number
}

/** What a forecast of one series is made of, without what happened by chance. */
function meanOf(level: number, offset: number, trend: number, promotion: boolean): Record<string, number> {
  const weekday = new Date(Date.parse(ORIGIN) + offset * DAY_MS).getUTCDay()
  return {
    'recent sales': level * 0.35,
    weekday: level * [0.02, -0.18, -0.14, -0.08, 0.04, 0.18, 0.3][weekday]!,
    season: level * 0.06 * Math.sin(offset / 20),
    trend: level * trend * (offset / 90),
    price: level * -0.03,
    promotion: promotion ? level * 0.55 : 0,
    holiday: offset >= 12 && offset <= 14 ? level * 0.16 : 0,
    weather: level * 0.05 * Math.sin(offset),
    store: level * 0.12,
    totals: level * 0.01,
  }
}

/** Forecasts of a series that nothing else is known of, the same on each day. */
export const forecastRows = (version: string, mean: number) =>
  Array.from({ length: 28 }, (_, at) => ({
    store_id: 'S-09',
    sku: 'P-1000',
    origin: ORIGIN,
    horizon: at + 1,
    target_date: dayAt(at + 1),
    model_version: version,
    role: 'champion',
    served: true,
    unit: 'each',
    feature_hash: '',
    p10: 1,
    p50: mean,
    p90: 2 * mean,
    mean,
    baseline: 2,
    baseline_name: 'ses',
    base: mean,
    reasons: REASONS.map(() => 0),
  }))

export async function seedWarehouse(
  warehouse: Warehouse,
  { stores, skus }: Seeded = { stores: 8, skus: 30 },
): Promise<void> {
  const random = randomOf(7)
  const products = productsOf(skus)
  await insert(
    warehouse,
    'dim_store',
    Array.from({ length: stores }, (_, at) => ({
      store_id: storeId(at),
      name: STORES[at % STORES.length],
      time_zone: 'Europe/London',
      currency: 'GBP',
      updated_at: 1,
    })),
  )
  await insert(
    warehouse,
    'dim_product',
    products.map(({ unit: _, ...product }) => ({ ...product, updated_at: 1 })),
  )

  const history: object[] = []
  const forecasts: object[] = []
  for (let store = 0; store < stores; store++) {
    for (const { sku, unit } of products) {
      const level = 2 + 26 * random() ** 2
      const trend = 0.5 * (random() - 0.5)
      const promotionAt = Math.floor(random() * 20)
      const larger = unit === 'each' ? 1 : 1_000
      const total = (offset: number) => {
        const isPromoted = (offset + 200 + promotionAt) % 34 < 7
        const reasons = meanOf(level, offset, trend, isPromoted)
        const mean = level * 0.6 + Object.values(reasons).reduce((sum, amount) => sum + amount, 0)
        return { isPromoted, reasons, mean: Math.max(0.2, mean) }
      }
      const row = (origin: number, horizon: number) => {
        const { mean, reasons } = total(origin + horizon)
        const spread = Math.sqrt(mean) * (1 + horizon / 60)
        const past = mean * (1 + 0.08 * (random() - 0.5))
        return {
          store_id: storeId(store),
          sku,
          origin: dayAt(origin),
          horizon,
          unit,
          target_date: dayAt(origin + horizon),
          model_version: CHAMPION,
          role: 'champion',
          served: true,
          feature_hash: '0123456789ab',
          p10: Math.max(0, past - 1.3 * spread) * larger,
          p50: (past - 0.05 * spread) * larger,
          p90: (past + 1.35 * spread) * larger,
          mean: past * larger,
          baseline: level * (1 + 0.1 * Math.sin(origin + horizon)) * larger,
          baseline_name: 'moving_average',
          base: (past - Object.values(reasons).reduce((sum, amount) => sum + amount, 0)) * larger,
          reasons: REASONS.map((reason) => reasons[reason]! * larger),
        }
      }
      let emptyDays = 0
      for (let offset = -HISTORY_DAYS + 1; offset <= 0; offset++) {
        const { mean, isPromoted } = total(offset)
        const noise = Math.sqrt(mean) * (random() + random() + random() - 1.5) * 1.4
        const units = Math.max(0, mean + noise)
        emptyDays = emptyDays > 0 ? emptyDays - 1 : random() < 0.015 ? 3 : 0
        const sold = emptyDays > 0 ? units * 0.25 : units
        history.push({
          store_id: storeId(store),
          sku,
          day: dayAt(offset),
          source: 'live',
          price: 250,
          units: unit === 'each' ? Math.round(sold) : Number(sold.toFixed(3)),
          promotion_off: isPromoted ? 0.2 : 0,
          promotion_kind: isPromoted ? 'price' : '',
          stock_out: emptyDays > 0 ? 1 : 0,
        })
      }
      for (let horizon = 1; horizon <= 28; horizon++) forecasts.push(row(0, horizon))
      for (let origin = -40; origin < 0; origin++) {
        for (const horizon of [1, 7]) if (origin + horizon <= 0) forecasts.push(row(origin, horizon))
      }
    }
  }
  await insert(warehouse, 'series_daily', history)
  await insert(warehouse, 'fact_forecast', forecasts)
  await seedAccuracy(warehouse, stores)
}

async function seedAccuracy(warehouse: Warehouse, stores: number): Promise<void> {
  const random = randomOf(11)
  const rows: object[] = []
  for (let offset = -59; offset <= 0; offset++) {
    for (let store = 0; store < stores; store++) {
      for (const [at, category] of CATEGORIES.entries()) {
        for (const horizon of [1, 7, 14, 21, 28]) {
          const actual = 60 + 40 * random() + 12 * at
          const error = 0.2 + 0.02 * at + 0.001 * horizon + 0.05 * random() + (offset > -6 ? 0.03 : 0)
          const row = (role: string, version: string, factor: number) => ({
            model_version: version,
            role,
            store_id: storeId(store),
            category,
            target_date: dayAt(offset),
            horizon,
            series: 6,
            actual,
            forecast: actual * (1 + 0.06 * (random() - 0.45)),
            absolute_error: actual * error * factor,
            squared_scaled_error: 6 * 0.62 * factor,
            absolute_scaled_error: 6 * 0.7 * factor,
            baseline_absolute_error: actual * (error + 0.06 + 0.03 * random()),
            pinball_p10: 3,
            pinball_p50: 6,
            pinball_p90: 4,
            covered: Math.round(4.4 + 1.1 * random()),
            below_p90: Math.round(5 + 0.9 * random()),
            nonzero: 5,
            percentage_error: 1.8,
          })
          rows.push(row('champion', offset > -7 ? CHAMPION : 'demand-20260101-1', 1))
          if (offset > -7) rows.push(row('shadow', 'demand-20260228-1', 0.96))
        }
      }
    }
  }
  await insert(warehouse, 'forecast_accuracy', rows)
  const drift = (measure: string, object: string, value: number, threshold: number) => ({
    model_version: CHAMPION,
    measure,
    object,
    value,
    threshold,
    breached: value > threshold,
    origin: ORIGIN,
  })
  await insert(warehouse, 'forecast_drift', [
    drift('psi', 'mean_7', 0.31, 0.25),
    drift('psi', 'temperature_mean', 0.19, 0.25),
    drift('psi', 'price_relative_90', 0.11, 0.25),
    drift('psi', 'promotion_off', 0.08, 0.25),
    drift('psi', 'lag_7', 0.05, 0.25),
    drift('psi', 'days_since_sale', 0.02, 0.25),
    drift('wape', 'all', 0.29, 0.4),
  ])
}

/** A manifest with a backtest over five baselines. */
export function demandManifest(overrides: Partial<ModelManifest> & { wape?: number } = {}): ModelManifest {
  const { wape = 0.284, ...rest } = overrides
  const row = (name: string, value: number, more: Record<string, number> = {}) => ({
    name,
    metrics: { wrmsse: value * 2.6, wape: value, mape_nonzero: value * 1.3, bias: 0.012, ...more },
  })
  const interval = { coverage_80: 0.812, upper_tail: 0.904 }
  return {
    model: 'demand',
    version: CHAMPION,
    created_at: '2026-02-22T05:40:00.000Z',
    code_version: '0.1.0',
    seed: 1,
    feature_hash: '0123456789ab',
    inputs: [
      { name: 'mean_7', reason: 'recent sales' },
      { name: 'weekday', reason: 'weekday' },
    ],
    window: { from: '2023-01-01', to: '2026-02-21' },
    parameters: { max_depth: 7, learning_rate: 0.06, rounds: 640 },
    heads: [],
    files: [],
    metrics: { wape, bias: 0.012, wrmsse: wape * 2.6, ...interval },
    backtest: {
      origins: ['2025-11-29', '2025-12-27', '2026-01-24'],
      rows: [
        row('model', wape, interval),
        row('champion', 0.297),
        row('naive', 0.446),
        row('seasonal_naive', 0.391),
        row('moving_average', 0.338),
        row('ses', 0.342),
        row('tsb', 0.351),
      ],
      by_horizon_week: [0.831, 0.812, 0.804, 0.788].map((coverage, at) => ({
        week: at + 1,
        metrics: { wape: wape - 0.012 + 0.008 * at, bias: 0.01, coverage_80: coverage, upper_tail: 0.9 },
      })),
    },
    demand: {
      trees: 'trees.json',
      best_iteration: 611,
      baseline: 'moving_average',
      calibration: [],
      drift: [],
      reconciliation: { level: 1, category: 0.5, store: 0.5 },
    },
    ...rest,
  }
}

const verdict = (passed: boolean, wape: string): GateVerdict => ({
  passed,
  checks: [
    { check: 'beats champion', passed, found: `WAPE ${wape} against 0.297` },
    { check: 'beats every baseline', passed: true, found: `WAPE ${wape} against 0.338 (moving_average)` },
    { check: 'coverage of the 80% interval', passed: true, found: '81.2%, allowed 75% to 90%' },
    { check: 'upper tail', passed: true, found: '90.4%, allowed 85% to 95%' },
    { check: 'bias', passed: true, found: '1.2%, allowed up to 5%' },
  ],
})

/** Three versions of the demand model, one of each other model, an experiment, alerts and a run that is under way. */
export async function seedOperational(operational: Operational): Promise<void> {
  const registry = createRegistry(operational)
  const actor = 'train-models'
  const of = (manifest: ModelManifest) => ({
    manifest,
    actor,
    prefix: `models/${manifest.model}/${manifest.version}/`,
  })
  const version = (name: string, wape: number, created_at: string) =>
    demandManifest({ version: name, wape, created_at })
  await registry.register({
    ...of(version('demand-20260101-1', 0.297, '2026-01-01T05:41:00.000Z')),
    gate: verdict(true, '0.297'),
  })
  await registry.promote('demand', 'demand-20260101-1', { actor })
  await registry.register({
    ...of(demandManifest()),
    gate: verdict(true, '0.284'),
    parent: 'demand-20260101-1',
  })
  await registry.promote('demand', CHAMPION, { actor })
  await registry.register({
    ...of(version('demand-20260228-1', 0.301, '2026-02-28T05:43:00.000Z')),
    gate: verdict(false, '0.301'),
    parent: CHAMPION,
  })
  await registry.startExperiment({
    model: 'demand',
    challenger: 'demand-20260228-1',
    mode: 'shadow',
    actor,
  })
  await operational.query("update experiments set started_at = '2026-02-24T00:00:00Z'")
  const others = {
    anomaly: { precision: 0.81, recall: 0.74, average_precision: 0.83 },
    'slow-mover': { precision: 0.72, recall: 0.69, average_precision: 0.77 },
    'lead-time': { mae_units: 3.4, r2: 0.88 },
  }
  for (const [model, metrics] of Object.entries(others)) {
    const name = `${model}-20260222-1`
    const manifest = { model: model as ModelManifest['model'], version: name, metrics }
    await registry.register(of(demandManifest({ ...manifest, backtest: null, demand: null })))
    await registry.promote(manifest.model, name, { actor })
  }
  const alerts = createAlerts(operational)
  await alerts.raise({
    kind: 'feature-drift',
    object: 'demand: mean_7',
    severity: 'warning',
    text: 'mean_7 is distributed otherwise than in training: PSI 0.31, allowed 0.25. A retraining is queued.',
  })
  const runs = createRuns(operational)
  await runs.request({ job: 'train', requested_by: 'detect-drift', reason: 'mean_7 drifted' })
  const run = await runs.claim({ jobs: ['train'], worker: 'test' })
  const text = 'trial 12 of 30, best WRMSSE 0.741'
  await runs.heartbeat(run!, { progress: { step: 'search', done: 12, total: 30, text } })
}
