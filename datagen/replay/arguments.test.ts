import { expect, test } from 'vitest'
import { parseArguments } from './arguments.ts'

test('a replay is a source, its files and a speed', () => {
  const parsed = parseArguments(['online-retail', 'sales.csv.gz', '--speed', '60', '--json', '--data', 'x'])
  expect(parsed).toMatchObject({ speed: 60, json: true, source: { name: 'online-retail' } })
  expect(parseArguments(['complete-journey', 'a', 'b'])).toMatchObject({ speed: 'max', json: false })
  expect(parseArguments(['csv', 'f', '--dry-run', '--write', 'm'])).toEqual({
    command: 'propose',
    path: 'f',
    write: 'm',
  })
  expect(parseArguments(['--help'])).toBe('help')
})

test.each([
  [[], 'Which source?'],
  [['online-retial', 'f'], 'There is no source "online-retial"'],
  [['online-retail'], 'online-retail needs FILE; 0 given'],
  [['complete-journey', 'f'], 'complete-journey needs TRANSACTIONS and PRODUCTS; 1 given'],
  [['csv', 'f'], 'csv needs --map MAPPING.yaml'],
  [['online-retail', 'f', '--map', 'm'], '--map goes with csv only'],
  [['online-retail', 'f', '--dry-run'], '--dry-run goes with csv only'],
  [['csv', 'f', '--write', 'm'], '--write goes with --dry-run'],
  [['csv', 'f', '--dry-run', '--map', 'm', '--write', 'n'], '--write goes with --dry-run without --map'],
  [['csv', '--dry-run'], 'csv needs FILE; 0 given'],
  [['online-retail', 'f', '--sped', '1'], "Unknown option '--sped'"],
])('%j is refused, with the usage', (args, message) => {
  expect(() => parseArguments(args)).toThrow(message)
  expect(() => parseArguments(args)).toThrow('Usage:')
})
