/** In which order the files of a run of tests go, and which of them its end names. */
import { expect, test } from 'vitest'
import { longFirst } from './test-order.ts'
import { timesText } from './test-times.ts'

test('what starts a stack or lets Python learn goes first, else the order stays', () => {
  const files = [
    'services/api/a.test.ts',
    'test/spine/b.test.ts',
    'models/python.test.ts',
    'datagen/test/c.test.ts',
  ]
  expect(longFirst(files, (file) => file)).toEqual([
    'test/spine/b.test.ts',
    'models/python.test.ts',
    'services/api/a.test.ts',
    'datagen/test/c.test.ts',
  ])
})

test('the ten longest are named, the longest first, and what all took', () => {
  const times = Array.from({ length: 12 }, (_, index) => ({
    file: `${index}.test.ts`,
    seconds: index + 0.25,
  }))
  const lines = timesText(times, 125.9).trim().split('\n')
  expect(lines).toHaveLength(12)
  expect(lines[1]).toBe('   11.3 s  11.test.ts')
  expect(lines[10]).toBe('    2.3 s  2.test.ts')
  expect(lines[11]).toBe('2 min 5 s for 12 files')
})
