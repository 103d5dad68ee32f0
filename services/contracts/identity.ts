import type { EventTopic } from './topics.ts'

/**
 * What repetition recognises a message by: 64 bits of hash, the column `id_hash` of a block.
 *
 * Hashed are the bytes of the store id, a space, and the bytes of the basket, movement or event id. Where the message
 * is the corrected replay of one line of a basket, another space and the position of that line follow, as
 * `positionText` writes it: so one line can come in that its basket came without, and only once. None of them can hold
 * a space, so no two identities have the same bytes.
 *
 * Each half is MurmurHash3_x86_32 (in Python: `mmh3.hash(bytes, seed, signed=False)`); where both are 0, the lower one is 1.
 */
export const ID_HASH_SEEDS = { low: 0, high: 0x9747b28c } as const

/** The field that, with the store, a message is recognised by. */
export const ID_FIELD: Record<EventTopic, string> = {
  'sales-transactions': 'basket_id',
  'inventory-updates': 'movement_id',
  'pos-events': 'event_id',
}

/** Between the parts of an identity. */
export const ID_SEPARATOR = 0x20

/** `id_hash` of a message that is no replay of a line. */
export function identityHash(storeId: string, messageId: string): bigint {
  const bytes = new TextEncoder().encode(`${storeId} ${messageId}`)
  const view = new DataView(bytes.buffer)
  const low = murmur3(view, bytes.length, ID_HASH_SEEDS.low)
  const high = murmur3(view, bytes.length, ID_HASH_SEEDS.high)
  return BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low === 0 && high === 0 ? 1 : low))
}

/** MurmurHash3_x86_32 by Austin Appleby, in the public domain. @returns an unsigned 32-bit number */
export function murmur3(bytes: DataView, length: number, seed: number): number {
  let hash = seed
  const whole = length & ~3
  for (let at = 0; at < whole; at += 4) {
    hash ^= scrambled(bytes.getInt32(at, true))
    hash = (hash << 13) | (hash >>> 19)
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0
  }
  if (whole < length) {
    let rest = bytes.getUint8(whole)
    if (whole + 1 < length) rest |= bytes.getUint8(whole + 1) << 8
    if (whole + 2 < length) rest |= bytes.getUint8(whole + 2) << 16
    hash ^= scrambled(rest)
  }
  hash ^= length
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}

function scrambled(word: number): number {
  const product = Math.imul(word, 0xcc9e2d51)
  return Math.imul((product << 15) | (product >>> 17), 0x1b873593)
}
