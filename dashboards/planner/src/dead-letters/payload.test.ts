import { expect, test } from 'vitest'
import { bytesOf, spansOf } from './payload.ts'

test('bytes that are not UTF-8 are shown where they stand, between the text around them', () => {
  const bytes = Uint8Array.from([...Buffer.from('{"é€😀":"'), 0xff, 0xc3, 0x22, 0xe2, 0x82])
  expect(spansOf(bytes)).toEqual([
    { text: '{"é€😀":"', isInvalid: false },
    { text: '\\xff\\xc3', isInvalid: true },
    { text: '"', isInvalid: false },
    { text: '\\xe2\\x82', isInvalid: true },
  ])
})

test('base64 gives the bytes back', () => {
  expect([...bytesOf(Buffer.from([0, 255, 128]).toString('base64'))]).toEqual([0, 255, 128])
})
