import { expect, test } from 'vitest'
import { ID_HASH_SEEDS, murmur3 } from './identity.ts'

const bytesOf = (text: string) => new DataView(new TextEncoder().encode(text).buffer)

/** Published vectors of MurmurHash3_x86_32. */
test.each([
  ['', 0, 0],
  ['', 1, 0x514e28b7],
  ['', 0xffffffff, 0x81f16f39],
  ['a', 0x9747b28c, 0x7fa09ea6],
  ['aa', 0x9747b28c, 0x5d211726],
  ['aaa', 0x9747b28c, 0x283e0130],
  ['aaaa', 0x9747b28c, 0x5a97808a],
  ['abc', 0, 0xb3dd93fa],
  ['hello', 0, 0x248bfa47],
  ['Hello, world!', 0x9747b28c, 0x24884cba],
  ['The quick brown fox jumps over the lazy dog', 0x9747b28c, 0x2fa826cd],
])('"%s" with seed %i', (text, seed, expected) => {
  const bytes = bytesOf(`${text} and more`)
  expect(murmur3(bytes, text.length, seed)).toBe(expected)
})

test('the halves of an identity differ', () => {
  const bytes = bytesOf('S1 B1')
  expect(murmur3(bytes, 5, ID_HASH_SEEDS.low)).not.toBe(murmur3(bytes, 5, ID_HASH_SEEDS.high))
})
