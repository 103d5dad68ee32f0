import { dayOf } from '@shelfcast/contracts/dates'
import { expect, test } from 'vitest'
import { parseCommand } from '../../test/datagen/command.ts'
import { datasetName, type HistoryArguments, historyCommand } from './arguments.ts'

async function parse(...args: string[]): Promise<HistoryArguments | undefined> {
  let history: HistoryArguments | undefined
  const command = historyCommand(async (parsed) => {
    history = parsed
  })
  await parseCommand(command, args)
  return history
}

const days = ['--from', '2004-01-01', '--to', '2024-12-31']

test('what is left out has its default', async () => {
  expect(await parse(...days, '--out', 'data')).toMatchObject({
    from: dayOf('2004-01-01'),
    to: dayOf('2024-12-31'),
    out: { kind: 'folder', path: 'data' },
    world: 'small',
    seed: 1,
    overwrite: false,
    json: false,
  })
  expect(datasetName(dayOf('2004-01-01'), dayOf('2024-12-31'))).toBe('sales_history_2004_2024')
  await expect(parse('--help')).rejects.toThrow('--workers')
})

test.each([
  ['s3', { kind: 's3', bucket: undefined, prefix: '' }],
  ['s3://lake', { kind: 's3', bucket: 'lake', prefix: '' }],
  ['s3://lake/some/where/', { kind: 's3', bucket: 'lake', prefix: 'some/where' }],
  ['./s3', { kind: 'folder', path: './s3' }],
])('--out %s', async (text, out) => {
  expect(await parse(...days, '--out', text)).toMatchObject({ out })
})

test.each([
  [['--to', '2024-12-31', '--out', 'data'], "'--from <date>' not specified"],
  [days, "'--out <place>' not specified"],
  [['--from', '2024-02-30', '--to', '2024-12-31', '--out', 'x'], 'It is no date.'],
  [['--from', '1.2.2024', '--to', '2024-12-31', '--out', 'x'], 'It is no date.'],
  [
    ['--from', '2024-01-02', '--to', '2024-01-01', '--out', 'x'],
    '--to 2024-01-01 is before --from 2024-01-02.',
  ],
  [['--from', '1999-12-31', '--to', '2024-01-01', '--out', 'x'], 'It is outside of 2000 to 2100'],
  [[...days, '--out', 's3:/lake'], 'It is no place.'],
  [[...days, '--out', 'x', '--seed', '1.5'], 'It is no whole number from 0 to 999999.'],
  [[...days, '--out', 'x', '--workers', '0'], 'It is no whole number from 1 to 256.'],
  [[...days, '--out', 'x', '--years', '3'], "unknown option '--years'"],
])('%j is refused, with the usage', async (args, fault) => {
  await expect(parse(...args)).rejects.toThrow(fault)
  await expect(parse(...args)).rejects.toThrow('Usage: history')
})
