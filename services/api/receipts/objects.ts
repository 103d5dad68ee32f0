/** Objects of the lake as they are there now. */

import type { Lake } from '@shelfcast/runtime/lake'
import { bounded } from '../read/bounded.ts'

export interface StoredFacts {
  bytes: number
  etag: string
  /** User metadata with lower-case names. */
  metadata: Record<string, string>
}

/** @returns undefined when there is no such object; throws when the lake does not answer */
export type ReadObject = (zone: 'raw' | 'features', name: string) => Promise<StoredFacts | undefined>

/** A lake that answers does so in milliseconds. */
const LIMIT_MS = 2_000

/** Of queries that read an object through the warehouse: one that is away is not asked for minutes. */
export const LAKE_SETTINGS = 'use_hive_partitioning = 0, s3_retry_attempts = 1'

export function createObjects(lake: Lake): ReadObject {
  return (zone, name) => bounded(LIMIT_MS, () => factsOf(lake, zone, name))()
}

async function factsOf(lake: Lake, zone: 'raw' | 'features', name: string): ReturnType<ReadObject> {
  try {
    const { size, etag, metaData } = await lake.client.statObject(lake.bucket(zone), name)
    return { bytes: size, etag, metadata: metaData as Record<string, string> }
  } catch (error) {
    if (['NotFound', 'NoSuchKey'].includes((error as { code?: string }).code ?? '')) return undefined
    throw error
  }
}
