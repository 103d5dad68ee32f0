import { BasketId, Sku } from '@shelfcast/contracts/events'
import { Compile } from 'typebox/compile'
import { expect, test } from 'vitest'
import { keyOf, Random } from '../sim/random.ts'
import { escapedId, joinedId } from './ids.ts'

const isId = (id: string | undefined) => Compile(Sku).Check(id) && Compile(BasketId).Check(id)

test.each([
  ['4711', 'X-4711'],
  ['A-1_b.c', 'X-A-1_b.c'],
  ['A 1', 'X-A::1'],
  ['A  1', 'X-A:20.20:1'],
  ['A:1', 'X-A:3a:1'],
  ['Café', 'X-Caf:e9:'],
  ['Cafe\u0301', 'X-Caf:e9:'],
  ['北京1', 'X-:5317.4eac:1'],
  ['上海1', 'X-:4e0a.6d77:1'],
  ['🥖', 'X-:1f956:'],
  ['\u00a0 17 ', 'X-17'],
])('%s is %s', (text, id) => {
  expect(escapedId('X-', text)).toBe(id)
})

test('nothing is no id', () => {
  expect(escapedId('X-', '')).toBeUndefined()
  expect(escapedId('X-', ' \u3000')).toBeUndefined()
})

test('different texts have different ids of the alphabet, however long and whatever they hold', () => {
  const random = new Random(keyOf(undefined, 'ids'))
  const letters = [
    'a',
    'A',
    '-',
    '.',
    '_',
    ':',
    ' ',
    'é',
    'e\u0301',
    '北',
    '🥖',
    '\0',
    '2',
    'd',
    'R',
    '\n',
    '/',
  ]
  const texts = new Map<string, string>()
  const receipts = new Map<string, string>()
  for (let round = 0; round < 20_000; round++) {
    const length = random.chance(0.1) ? random.integer(40, 90) : random.integer(1, 5)
    const text = Array.from({ length }, () => letters[random.integer(0, letters.length - 1)]).join('')
    const clean = text.normalize('NFC').trim()
    const id = escapedId('X-', text)
    if (id === undefined) {
      expect(clean).toBe('')
      continue
    }
    expect(isId(id), id).toBe(true)
    expect(texts.get(id) ?? clean).toBe(clean)
    texts.set(id, clean)
    for (const suffix of ['', '-R']) {
      const receipt = joinedId([clean], { suffix })
      expect(isId(receipt), receipt).toBe(true)
      expect(receipts.get(receipt) ?? clean + suffix.padStart(9)).toBe(clean + suffix.padStart(9))
      receipts.set(receipt, clean + suffix.padStart(9))
    }
  }
})

test('the parts of a receipt do not run into each other', () => {
  expect(joinedId(['17', 'till 1'], { prefix: '20260701-', suffix: '-R' })).toBe('20260701-17-till::1-R')
  expect(joinedId(['1-2', '3'])).not.toBe(joinedId(['1', '2-3']))
  expect(joinedId(['a', 'b:2d:'])).not.toBe(joinedId(['a', 'b-']))
  expect(joinedId(['17-R'])).not.toBe(joinedId(['17'], { suffix: '-R' }))
  expect(joinedId(['2026-17'])).toBe('2026-17')
  expect(joinedId(['#17'])).toBe('0:-::23:17')
})
