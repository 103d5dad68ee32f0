import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import lz4 from 'lz4-napi'
import { expect, test } from 'vitest'
import { cityHash128 } from './cityhash.ts'
import { chooseEncoding, createEncoder } from './encodings.ts'
import { decompressFrames } from './lz4-frame.ts'
import { decompressBlocks } from './native-blocks.ts'

const sample = (length: number) =>
  Buffer.from(Array.from({ length }, (_, index) => (index * 7 + length) & 255))
const chunks = (bytes: Buffer, size: number) =>
  Readable.from(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    ),
  )

// Expected values: com.clickhouse.data.ClickHouseCityHash of the JDBC driver.
test.each([
  [0, '3df09dfc64c09a2b', '3cb540c392e51e29'],
  [3, '3108fa6b1da16986', '32301bf0c250612d'],
  [5, '57b54ad97bf5071', 'b5c0fb7d6eeb5b64'],
  [9, '80885008a99d77f2', '854364fe84aef88'],
  [16, '4e7e2890890c933d', '9b6511d6440477c7'],
  [20, 'c50d5188dd3f0cd4', 'bc678d2c1155160a'],
  [32, 'adf0df935f46a6c9', '45c6069d82f7b2fc'],
  [100, 'ced681c78ad6c6cf', '8522ef787e570a9c'],
  [143, '2306b4d414b0d326', 'e980bd41eb516895'],
  [144, '9ba176029dbc7f22', 'a99caea46164a108'],
  [200, 'af07d3bba57a0d5b', '981ef4f519d4454'],
  [300, '3c9b61da9a18081c', 'f9d9975c31955c7b'],
  [5000, '8442c8b0bc6180c9', 'c42341b18c3a2f68'],
])('CityHash128 of %i bytes is the one that ClickHouse writes', (length, low, high) => {
  const hash = cityHash128(sample(length))
  expect([hash.readBigUInt64LE(0).toString(16), hash.readBigUInt64LE(8).toString(16)]).toEqual([low, high])
})

test('native blocks come back as they were, and damage is noticed', async () => {
  const plain = sample(300_000)
  const encoder = createEncoder('native')
  chunks(plain, 65_536).pipe(encoder)
  const written = await buffer(encoder)
  expect(await buffer(Readable.from(decompressBlocks(chunks(written, 1_000))))).toEqual(plain)

  written[40]! ^= 1
  await expect(buffer(Readable.from(decompressBlocks(chunks(written, 1_000))))).rejects.toThrow(/Checksum/)
  await expect(buffer(Readable.from(decompressBlocks(chunks(written.subarray(0, 50), 50))))).rejects.toThrow(
    /ends inside a compressed block/,
  )
})

test('LZ4 frames come back as they were, from our writer and from another', async () => {
  const plain = Buffer.concat([sample(200_000), Buffer.from(crypto.getRandomValues(new Uint8Array(60_000)))])
  const encoder = createEncoder('lz4')
  chunks(plain, 100_000).pipe(encoder)
  const bytes = await buffer(encoder)
  expect(await lz4.decompressFrame(bytes)).toEqual(plain)
  for (const frame of [bytes, await lz4.compressFrame(plain)])
    expect(await buffer(Readable.from(decompressFrames(chunks(frame, 777))))).toEqual(plain)
  await expect(buffer(Readable.from(decompressFrames(chunks(plain, 777))))).rejects.toThrow(
    /not an LZ4 frame/,
  )
})

test.each([
  ['gzip, deflate, br', 'gzip'],
  ['lz4,zstd', 'lz4'],
  ['zstd;q=0, gzip;q=0.5', 'gzip'],
  ['identity', undefined],
  [undefined, undefined],
])('of Accept-Encoding %j, %s is chosen', (accepted, encoding) => {
  expect(chooseEncoding(accepted)).toBe(encoding)
})
