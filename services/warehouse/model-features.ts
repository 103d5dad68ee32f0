/** Features of the models beside the forecast: one query each, features/<model>/*.sql, which training runs too. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { FEATURE_HASH_DIGITS, type OTHER_MODELS } from '@shelfcast/contracts/manifest'
import type { Warehouse } from './client.ts'
import { rowsOf } from './queries/rows.ts'

export type DetectionModel = (typeof OTHER_MODELS)[number]

const folderOf = (model: DetectionModel) => new URL(`features/${model}/`, import.meta.url)
const filesOf = (model: DetectionModel) =>
  readdirSync(folderOf(model))
    .filter((file) => file.endsWith('.sql'))
    .sort()

/** Content hash of the query: the same that training finds. */
export function modelFeatureHash(model: DetectionModel): string {
  const digest = createHash('sha256')
  for (const file of filesOf(model)) {
    digest.update(`${file}\0`)
    digest.update(readFileSync(new URL(file, folderOf(model))))
    digest.update('\0')
  }
  return digest.digest('hex').slice(0, FEATURE_HASH_DIGITS)
}

/** Columns of the query's answer. */
export type FeatureRow = Record<string, string | number | null>

/** @param parameters of the query: from and to, or origins, as 2026-01-31 */
export async function readModelFeatures(
  warehouse: Warehouse,
  model: DetectionModel,
  parameters: Record<string, string | string[]>,
): Promise<FeatureRow[]> {
  const [file] = filesOf(model)
  const sql = readFileSync(new URL(file!, folderOf(model)), 'utf8')
  return rowsOf<FeatureRow>(warehouse, sql, parameters)
}
