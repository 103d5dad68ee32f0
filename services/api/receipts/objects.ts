/** Objects of the lake as they are there now. */
import type { Lake } from '@shelfcast/runtime/lake'

export interface StoredFacts {
  bytes: number
  etag: string
  /** User metadata with lower-case names. */
  metadata: Record<string, string>
}

/** @returns undefined when there is no such object; throws when the lake does not answer */
export type ReadObject = (zone: 'raw' | 'features', name: string) => Promise<StoredFacts | undefined>

export function createObjects(lake: Lake): ReadObject {
  return async (zone, name) => {
    try {
      const { size, etag, metaData } = await lake.client.statObject(lake.bucket(zone), name)
      return { bytes: size, etag, metadata: metaData as Record<string, string> }
    } catch (error) {
      if (['NotFound', 'NoSuchKey'].includes((error as { code?: string }).code ?? '')) return undefined
      throw error
    }
  }
}
