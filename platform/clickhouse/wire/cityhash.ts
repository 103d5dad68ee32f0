/**
 * CityHash128 as of version 1.0.2 (Pike and Alakuijala), the checksum of ClickHouse's compressed blocks.
 * Later versions of CityHash give other values.
 */

const K0 = 0xc3a5c85c97cb3127n
const K1 = 0xb492b66fbe98f273n
const K2 = 0x9ae16a3b2f90404fn
const K3 = 0xc949d7c7509e6557n
const MUL = 0x9ddfea08eb382d69n

// Arithmetic modulo 2^64; V8 turns these into machine operations.
const u64 = (value: bigint) => BigInt.asUintN(64, value)
const rotate = (value: bigint, by: bigint) => u64((value >> by) | (value << (64n - by)))
const mix = (value: bigint) => value ^ (value >> 47n)

function hash16(low: bigint, high: bigint): bigint {
  const a = mix(u64((low ^ high) * MUL))
  return u64(mix(u64((high ^ a) * MUL)) * MUL)
}

function hashUpTo16(bytes: Buffer): bigint {
  const { length } = bytes
  if (length > 8) {
    const a = bytes.readBigUInt64LE(0)
    const b = bytes.readBigUInt64LE(length - 8)
    return hash16(a, rotate(u64(b + BigInt(length)), BigInt(length))) ^ b
  }
  if (length >= 4) {
    const a = BigInt(bytes.readUInt32LE(0))
    return hash16(BigInt(length) + (a << 3n), BigInt(bytes.readUInt32LE(length - 4)))
  }
  if (length > 0) {
    const y = bytes[0]! + (bytes[length >> 1]! << 8)
    const z = length + (bytes[length - 1]! << 2)
    return u64(mix(u64(BigInt(y) * K2) ^ u64(BigInt(z) * K3)) * K2)
  }
  return K2
}

/** For less than 128 bytes. */
function murmur(bytes: Buffer, low: bigint, high: bigint): [bigint, bigint] {
  const { length } = bytes
  let a = low
  let b = high
  let c: bigint
  let d: bigint
  if (length <= 16) {
    a = u64(mix(u64(a * K1)) * K1)
    c = u64(b * K1 + hashUpTo16(bytes))
    d = mix(u64(a + (length >= 8 ? bytes.readBigUInt64LE(0) : c)))
  } else {
    c = hash16(u64(bytes.readBigUInt64LE(length - 8) + K1), a)
    d = hash16(u64(b + BigInt(length)), u64(c + bytes.readBigUInt64LE(length - 16)))
    a = u64(a + d)
    for (let at = 0; at < length - 16; at += 16) {
      a = u64((a ^ u64(mix(u64(bytes.readBigUInt64LE(at) * K1)) * K1)) * K1)
      b ^= a
      c = u64((c ^ u64(mix(u64(bytes.readBigUInt64LE(at + 8) * K1)) * K1)) * K1)
      d ^= c
    }
  }
  a = hash16(a, c)
  b = hash16(d, b)
  return [a ^ b, hash16(b, a)]
}

/** State of the long form; `v` and `w` are pairs. */
interface State {
  x: bigint
  y: bigint
  z: bigint
  v0: bigint
  v1: bigint
  w0: bigint
  w1: bigint
}

function weak32(bytes: Buffer, at: number, seedA: bigint, seedB: bigint): [bigint, bigint] {
  const z = bytes.readBigUInt64LE(at + 24)
  const first = u64(seedA + bytes.readBigUInt64LE(at))
  const b = rotate(u64(seedB + first + z), 21n)
  const a = u64(first + bytes.readBigUInt64LE(at + 8) + bytes.readBigUInt64LE(at + 16))
  return [u64(a + z), u64(b + rotate(a, 44n) + first)]
}

function mix64Bytes(bytes: Buffer, at: number, s: State) {
  s.x = u64(rotate(u64(s.x + s.y + s.v0 + bytes.readBigUInt64LE(at + 16)), 37n) * K1) ^ s.w1
  s.y = u64(rotate(u64(s.y + s.v1 + bytes.readBigUInt64LE(at + 48)), 42n) * K1) ^ s.v0
  s.z = rotate(s.z ^ s.w0, 33n)
  ;[s.v0, s.v1] = weak32(bytes, at, u64(s.v1 * K1), u64(s.x + s.w0))
  ;[s.w0, s.w1] = weak32(bytes, at + 32, u64(s.z + s.w1), s.y)
  ;[s.x, s.z] = [s.z, s.x]
}

function long(bytes: Buffer, low: bigint, high: bigint): [bigint, bigint] {
  const z = u64(BigInt(bytes.length) * K1)
  const v0 = u64(rotate(high ^ K1, 49n) * K1 + bytes.readBigUInt64LE(0))
  const s: State = {
    x: low,
    y: high,
    z,
    v0,
    v1: u64(rotate(v0, 42n) * K1 + bytes.readBigUInt64LE(8)),
    w0: u64(rotate(u64(high + z), 35n) * K1 + low),
    w1: u64(rotate(u64(low + bytes.readBigUInt64LE(88)), 53n) * K1),
  }
  let at = 0
  for (; bytes.length - at >= 128; at += 128) {
    mix64Bytes(bytes, at, s)
    mix64Bytes(bytes, at + 64, s)
  }
  s.y = u64(s.y + u64(rotate(s.w0, 37n) * K0) + s.z)
  s.x = u64(s.x + u64(rotate(u64(s.v0 + s.z), 49n) * K0))
  const rest = bytes.length - at
  for (let done = 32; done - 32 < rest; done += 32) {
    const from = bytes.length - done
    s.y = u64(rotate(u64(s.y - s.x), 42n) * K0 + s.v1)
    s.w0 = u64(s.w0 + bytes.readBigUInt64LE(from + 16))
    s.x = u64(rotate(s.x, 49n) * K0 + s.w0)
    s.w0 = u64(s.w0 + s.v0)
    ;[s.v0, s.v1] = weak32(bytes, from, s.v0, s.v1)
  }
  const x = hash16(s.x, s.v0)
  const y = hash16(s.y, s.w0)
  return [u64(hash16(u64(x + s.v1), s.w1) + y), hash16(u64(x + s.w1), u64(y + s.v1))]
}

function seeded(bytes: Buffer, low: bigint, high: bigint): [bigint, bigint] {
  return bytes.length < 128 ? murmur(bytes, low, high) : long(bytes, low, high)
}

/** 16 bytes, low half first, each little-endian. */
export function cityHash128(bytes: Buffer): Buffer {
  const { length } = bytes
  const [low, high] =
    length >= 16
      ? seeded(bytes.subarray(16), bytes.readBigUInt64LE(0) ^ K3, bytes.readBigUInt64LE(8))
      : length >= 8
        ? seeded(
            Buffer.alloc(0),
            bytes.readBigUInt64LE(0) ^ u64(BigInt(length) * K0),
            bytes.readBigUInt64LE(length - 8) ^ K1,
          )
        : seeded(bytes, K0, K1)
  const out = Buffer.allocUnsafe(16)
  out.writeBigUInt64LE(low, 0)
  out.writeBigUInt64LE(high, 8)
  return out
}
