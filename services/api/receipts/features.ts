/** What a model was told of a day: inputs by name, and the object of the lake that holds them. */
import { type Hop, type ReceiptOf, receiptId } from '@shelfcast/contracts/receipts'
import { FEATURES_COLLECTION, featureTable } from '@shelfcast/contracts/warehouse'
import { featureReasons } from '@shelfcast/warehouse/features'
import { reasonOf } from '../http/errors.ts'
import { hopOf, instantOf, linksOf, type Parameters, type Prove, proofOf } from './hops.ts'
import { LAKE_SETTINGS, type ReadObject } from './objects.ts'
import { reachWords } from './reach.ts'
import { differingInputs, type ScoredInputs } from './scored.ts'

export type FeatureValues = Record<string, string | number | null>

interface Build {
  object: string
  rows: number
  built_at: string
}

/** Columns that say of which series and day the row is. */
const KEYS = new Set([
  'store_id',
  'sku',
  'category',
  'origin',
  'horizon',
  'target_date',
  'unit',
  'unit_scale',
])

const OF_THE_DAY =
  'store_id = {store_id:String} and sku = {sku:String} and origin = {origin:Date} and horizon = {horizon:UInt8}'

export interface FeatureSources {
  prove: Prove
  readObject: ReadObject
}

/**
 * @param scored what a model was given of them; undefined where none is followed, or nobody knows
 * @returns the values undefined when neither warehouse nor lake has them
 */
export async function featuresHop(
  { prove, readObject }: FeatureSources,
  { feature_hash, store_id, sku, origin, horizon }: Omit<ReceiptOf<'features'>, 'kind'>,
  scored?: ScoredInputs,
): Promise<{ hop: Hop; values: FeatureValues | undefined }> {
  const parameters = { store_id, sku, origin, horizon }
  const builds = await prove<Build>(
    `
    select object, rows, built_at
    from feature_builds
    where feature_hash = {feature_hash:String} and origin = {origin:Date}
    order by built_at desc
    limit 1`,
    { feature_hash, origin },
  )
  const [build] = builds.rows
  const row = await storedValues(prove, feature_hash, parameters)
  const proofs = [builds.proof, ...(row.proof ? [row.proof] : [])]
  const object = build && build.object !== '' ? await objectFacts(readObject, build.object) : undefined
  let { values } = row
  let source = 'warehouse'
  if (!values && build && object?.figures) {
    values = await valuesInLake(prove, build.object, parameters)
    source = 'lake'
  }
  if (object) proofs.push(proofOf('lake', `features/${build!.object}`))
  const parts = { feature_hash, ...parameters }
  const window = receiptId('window', { store_id, sku, origin })
  if (!values) {
    const missing = `Neither the warehouse nor the lake has features ${feature_hash} of SKU "${sku}" in store "${store_id}" of ${origin}, ${horizon} days ahead. Features of an origin are kept for 60 origins; npm run jobs -- build-features makes those of the last day anew.`
    return {
      hop: hopOf('features', parts, {
        words: 'No features.',
        links: linksOf(window),
        proofs,
        missing: object?.missing ?? missing,
      }),
      values,
    }
  }
  const reasons = featureReasons()
  const inputs = Object.entries(values).filter(([name]) => !KEYS.has(name))
  return {
    values,
    hop: hopOf('features', parts, {
      words: `${inputs.length} figures of the end of ${origin} describe ${values.target_date}, ${horizon} days ahead.`,
      figures: {
        ...(build && {
          object: build.object,
          rows: build.rows,
          built_at: instantOf(build.built_at),
        }),
        ...object?.figures,
        read_from: source,
        ...comparison(scored, values),
      },
      rows: inputs.map(([input, value]) => ({
        id: null,
        figures: { input, value, reason: reasons.get(input) ?? '', reads: reachWords(input) },
      })),
      links: linksOf(window),
      proofs,
      missing: object?.missing ?? null,
    }),
  }
}

function comparison(scored: ScoredInputs | undefined, values: FeatureValues) {
  if (!scored) return {}
  const differing = differingInputs(scored, values)
  return { same_as_scored: differing.length === 0, ...(differing.length > 0 && { differing }) }
}

async function storedValues(prove: Prove, hash: string, parameters: Parameters) {
  const table = featureTable(hash)
  const tables = await prove<{ name: string }>(
    `select name from system.tables where database = currentDatabase() and name = {table:String}`,
    { table },
  )
  // Of definitions that no model uses any more, the table is dropped.
  if (tables.rows.length === 0) return { values: undefined, proof: undefined }
  const { rows, proof } = await prove<FeatureValues>(
    `
    select *
    from {table:Identifier}
    where ${OF_THE_DAY}`,
    { table, ...parameters },
  )
  return { values: rows[0], proof }
}

async function valuesInLake(
  prove: Prove,
  object: string,
  parameters: Parameters,
): Promise<FeatureValues | undefined> {
  const { rows } = await prove<FeatureValues>(
    `
    select *
    from s3(${FEATURES_COLLECTION}, filename = {object:String}, format = 'Parquet')
    where ${OF_THE_DAY}
    settings ${LAKE_SETTINGS}`,
    { object, ...parameters },
  )
  return rows[0]
}

/** A lake that is away leaves the rest of the answer as it is. */
async function objectFacts(readObject: ReadObject, name: string) {
  try {
    const object = await readObject('features', name)
    return object
      ? { figures: { bytes: object.bytes, etag: object.etag }, missing: null }
      : {
          figures: undefined,
          missing: `The lake has no object features/${name} any more: its retention has ended, or somebody removed it.`,
        }
  } catch (error) {
    return {
      figures: undefined,
      missing: `The lake did not answer, so features/${name} was not looked at: ${reasonOf(error)}. Start it, then ask again.`,
    }
  }
}
