/** Numbers that Parquet's headers speak in. Source: parquet.thrift of apache/parquet-format. */
import type { ColumnType } from '@shelfcast/contracts/lake'

export const PHYSICAL = { int32: 1, int64: 2, byteArray: 6 } as const
export type Physical = (typeof PHYSICAL)[keyof typeof PHYSICAL]

export const PHYSICAL_OF: Record<ColumnType, Physical> = {
  utf8: PHYSICAL.byteArray,
  binary: PHYSICAL.byteArray,
  int32: PHYSICAL.int32,
  date: PHYSICAL.int32,
  int64: PHYSICAL.int64,
  hash64: PHYSICAL.int64,
  timestamp_ms: PHYSICAL.int64,
}

export const ENCODING = { plain: 0, rle: 3, deltaBinaryPacked: 5, rleDictionary: 8 } as const
export type Encoding = (typeof ENCODING)[keyof typeof ENCODING]

export const CODEC = { uncompressed: 0, zstd: 6 } as const
export type Codec = (typeof CODEC)[keyof typeof CODEC]

export const PAGE = { data: 0, dictionary: 2 } as const

export const REPETITION = { required: 0, optional: 1 } as const

/** What older readers know the logical types by. */
export const CONVERTED = { utf8: 0, date: 6, timestampMillis: 9 } as const

/** Fields of the union LogicalType. */
export const LOGICAL = { string: 1, date: 6, timestamp: 8 } as const
