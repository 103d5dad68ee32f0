/** One column of a block in the file: its dictionary and its pages, compressed where that pays. */
import { constants, zstdCompressSync } from 'node:zlib'
import type { Column } from '@shelfcast/contracts/lake'
import { BinaryColumn, type ColumnData, Hash64Column, TextColumn } from '../columns.ts'
import { ByteSink } from './byte-sink.ts'
import { CODEC, type Codec, ENCODING, type Encoding, PAGE, PHYSICAL, type Physical } from './format.ts'
import { hashValues, integerValues } from './integers.ts'
import { writeHybrid, writeRun } from './packing.ts'
import { binaryValues, textValues } from './texts.ts'
import { ThriftWriter } from './thrift.ts'
import { type ColumnValues, type Range, Scratch } from './values.ts'

/** At most 512 KiB of integers a page, so that a reader can go through a large block piece by piece. */
const PAGE_ROWS = 65_536
/** A page of payloads ends when it holds so many bytes. */
/** Below this, a call of the compressor costs more than it saves. */
const COMPRESSED_FROM = 1024
/** What compression has to leave of a page at most, to be worth the time of writers and readers. */
const COMPRESSED_TO = 0.8
