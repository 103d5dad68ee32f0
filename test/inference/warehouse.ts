/** Features in a warehouse, as building makes them. */
import type { Warehouse } from '@shelfcast/warehouse/client'
import { featureRows, INPUTS } from './fixture.ts'

/** A table of the shape that building makes, and features of two origins, the older with other rows. */
export async function createFeatures(warehouse: Warehouse): Promise<void> {
  const floats = ['unit_scale', 'total_category', 'total_store']
  const baselines = ['naive', 'seasonal_naive', 'moving_average', 'ses', 'tsb'].map(
    (name) => `baseline_${name}`,
  )
  await warehouse.command({
    query: `create table forecast_features (
  store_id LowCardinality(String), sku LowCardinality(String), category LowCardinality(String),
  origin Date, horizon UInt8, target_date Date, unit String,
  ${[...floats, ...baselines].map((name) => `${name} Nullable(Float32)`).join(', ')},
  ${INPUTS.map((name, index) => `${name} ${index % 2 ? 'Nullable(Float32)' : 'Float32'}`).join(', ')}
) engine = MergeTree order by (store_id, sku, origin, horizon)`,
  })
  await warehouse.insert({
    table: 'feature_builds',
    format: 'JSONEachRow',
    values: [
      { feature_hash: 'ffffffffffff', origin: '2026-03-01', rows: 1, built_at: '2026-03-02 00:00:00.000' },
      { feature_hash: '0123456789ab', origin: '2026-03-01', rows: 224, built_at: '2026-03-02 01:00:00.123' },
      { feature_hash: '0123456789ab', origin: '2026-02-28', rows: 1, built_at: '2026-03-03 00:00:00.000' },
    ],
  })
  const features = featureRows()
  const value = (number: number) => (Number.isNaN(number) ? null : number)
  const values = Array.from({ length: features.rows }, (_, row) => ({
    store_id: features.store.values[features.store.codes[row]!],
    sku: features.sku.values[features.sku.codes[row]!],
    category: features.category.values[features.category.codes[row]!],
    unit: features.unit.values[features.unit.codes[row]!],
    origin: '2026-03-01',
    horizon: features.horizon[row],
    target_date: features.targetDay[row],
    unit_scale: features.unitScale[row],
    total_category: value(features.totalCategory[row]!),
    total_store: features.totalStore[row],
    // The model's unit: pieces or kilograms.
    ...Object.fromEntries(baselines.map((name, index) => [name, index + 1])),
    // Null in nullable columns, NaN in the others.
    ...Object.fromEntries(
      INPUTS.map((name, index) => {
        const number = features.inputs.get(name)![row]!
        return [name, Number.isNaN(number) && index % 2 === 0 ? 'nan' : value(number)]
      }),
    ),
  }))
  // Out of order, and beside a row of another origin.
  await warehouse.insert({
    table: 'forecast_features',
    format: 'JSONEachRow',
    values: [...values.reverse(), { ...values[0], origin: '2026-02-28' }],
  })
}
