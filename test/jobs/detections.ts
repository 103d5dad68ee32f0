/** What the tests of detection share: stores and products, and models of few trees. */

import { readFile } from 'node:fs/promises'
import { addDays } from '@shelfcast/contracts/dates'
import type { ModelManifest } from '@shelfcast/contracts/manifest'
import { folderSource } from '@shelfcast/inference/model/bundle'
import type { Champion, Champions } from '@shelfcast/jobs/models/champions'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { type DetectionModel, modelFeatureHash } from '@shelfcast/warehouse/model-features'
import { insert } from '../warehouse/warehouse.ts'

export const FIRST_DAY = '2026-03-02'
export const STORES = ['S1', 'S2', 'S3']
export const SKUS = ['P1', 'P2', 'P3', 'P4']

/** @param number of days after the first */
export const dayAfter = (number: number) => addDays(FIRST_DAY, number)

export async function fillReference(warehouse: Warehouse): Promise<void> {
  await insert(
    warehouse,
    'dim_store',
    STORES.map((store_id) => ({ store_id, time_zone: 'UTC', source: 'test', updated_at: 0 })),
  )
  await insert(
    warehouse,
    'dim_product',
    SKUS.map((sku) => ({
      sku,
      category: 'Bread',
      unit: 'each',
      kind: 'merchandise',
      source: 'test',
      updated_at: 0,
      cost: 60,
      price: 100,
      shelf_life_days: 5,
    })),
  )
}

/** Each SKU sells ten a day or so, but for what `units` says. */
export async function fillSeries(
  warehouse: Warehouse,
  days: number,
  units: (store_id: string, sku: string, day: string) => number | undefined = () => undefined,
): Promise<void> {
  const rows = STORES.flatMap((store_id, store) =>
    SKUS.flatMap((sku, product) =>
      Array.from({ length: days }, (_, number) => {
        const day = dayAfter(number)
        const usual = 8 + ((number * 7 + store * 3 + product * 5) % 5)
        return {
          store_id,
          sku,
          day,
          units: units(store_id, sku, day) ?? usual,
          price: 100,
          promotion_off: 0,
          promotion_kind: '',
          stock_out: 0,
          source: 'live',
        }
      }),
    ),
  )
  await insert(warehouse, 'series_daily', rows)
}

export function movement(overrides: Record<string, unknown>) {
  return {
    topic: 'inventory-updates',
    partition: 0,
    offset: 0,
    produced_at: 0,
    movement_id: 'M1',
    kind: 'receipt',
    store_id: 'S1',
    sku: 'P1',
    unit: 'each',
    quantity: 1,
    lot: '',
    expires_on: null,
    purchase_order_id: '',
    ...overrides,
  }
}

/** A model of models, as if it had been trained on the features that are here. */
export async function championOf(
  model: DetectionModel,
  overrides: Partial<ModelManifest> = {},
): Promise<Champion> {
  const folder = new URL(`models/${model}/`, import.meta.url)
  const template = JSON.parse(await readFile(new URL('manifest.json', folder), 'utf8')) as ModelManifest
  const manifest = { ...template, feature_hash: modelFeatureHash(model), ...overrides }
  return { version: manifest.version, manifest, readFile: folderSource(folder.pathname) }
}

export function championsOf(champion: Champion | undefined): Champions {
  return { champion: async () => champion }
}
