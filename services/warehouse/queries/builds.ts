/** Which features are built, by the ledger of the feature store. */
import { FEATURE_BUILDS_TABLE } from '@shelfcast/contracts/warehouse'
import type { Reader } from './rows.ts'

/** One building of the features of an origin. */
export interface FeatureBuild {
  /** YYYY-MM-DD; the first forecast is of the day after. */
  origin: string
  feature_hash: string
  rows: number
  /** As the warehouse writes it; another one means that rows may have changed. */
  built_at: string
}

/** Of the newest origin the last build, of those that have this origin or hash; undefined where there is none. */
export async function newestBuild(
  read: Reader,
  { origin = '', feature_hash = '' }: { origin?: string | undefined; feature_hash?: string } = {},
): Promise<FeatureBuild | undefined> {
  const [build] = await read<FeatureBuild>(
    `
    select toString(origin) as origin, feature_hash, rows, toString(built_at) as built_at
    from ${FEATURE_BUILDS_TABLE} as build
    where {origin:String} in ('', toString(build.origin)) and {feature_hash:String} in ('', build.feature_hash)
    order by build.origin desc, build.built_at desc
    limit 1`,
    { origin, feature_hash },
  )
  return build
}

/** Origins that the feature table of these definitions holds. */
export async function builtOrigins(read: Reader, feature_hash: string): Promise<Set<string>> {
  const rows = await read<{ origin: string }>(
    `select distinct toString(origin) as origin from ${FEATURE_BUILDS_TABLE} where feature_hash = {feature_hash:String}`,
    { feature_hash },
  )
  return new Set(rows.map(({ origin }) => origin))
}
