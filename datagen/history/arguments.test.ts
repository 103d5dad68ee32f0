import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { datasetName, parseArguments, USAGE } from './arguments.ts'

const days = ['--from', '2004-01-01', '--to', '2024-12-31']

test('what is left out has its default', () => {
  expect(parseArguments([...days, '--out', 'data'])).toMatchObject({
    from: dayOf('2004-01-01'),
    to: dayOf('2024-12-31'),
    out: { kind: 'folder', path: 'data' },
    world: 'small',
    seed: 1,
    overwrite: false,
    json: false,
  })
  expect(datasetName(dayOf('2004-01-01'), dayOf('2024-12-31'))).toBe('sales_history_2004_2024')
  expect(parseArguments(['--help'])).toBe('help')
})

test.each([
  ['s3', { kind: 's3', bucket: undefined, prefix: '' }],
  ['s3://lake', { kind: 's3', bucket: 'lake', prefix: '' }],
  ['s3://lake/some/where/', { kind: 's3', bucket: 'lake', prefix: 'some/where' }],
  ['./s3', { kind: 'folder', path: './s3' }],
])('--out %s', (text, out) => {
  expect(parseArguments([...days, '--out', text])).toMatchObject({ out })
})

test.each([
  [['--to', '2024-12-31', '--out', 'data'], '--from is missing.'],
  [days, '--out is missing.'],
  [['--from', '2024-02-30', '--to', '2024-12-31', '--out', 'x'], '--from "2024-02-30" is no date.'],
  [['--from', '1.2.2024', '--to', '2024-12-31', '--out', 'x'], '--from "1.2.2024" is no date.'],
  [
    ['--from', '2024-01-02', '--to', '2024-01-01', '--out', 'x'],
    '--to 2024-01-01 is before --from 2024-01-02.',
  ],
  [
    ['--from', '1999-12-31', '--to', '2024-01-01', '--out', 'x'],
    '--from 1999-12-31 is outside of 2000 to 2100',
  ],
  [[...days, '--out', 's3:/lake'], '--out "s3:/lake" is no place.'],
  [[...days, '--out', 'x', '--seed', '1.5'], '--seed "1.5" is no whole number from 0 to 999999.'],
  [[...days, '--out', 'x', '--workers', '0'], '--workers "0" is no whole number from 1 to 256.'],
  [[...days, '--out', 'x', '--years', '3'], "Unknown option '--years'"],
])('%j is refused', (args, fault) => {
  expect(() => parseArguments(args)).toThrow(fault)
  expect(() => parseArguments(args)).toThrow(USAGE)
})
