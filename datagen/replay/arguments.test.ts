import { expect, test } from 'vitest'
import { parseCommand } from '../../test/datagen/command.ts'
import { type ReplayArguments, replayCommand } from './arguments.ts'

async function parse(...args: string[]): Promise<ReplayArguments | undefined> {
  let replay: ReplayArguments | undefined
  const command = replayCommand(async (parsed) => {
    replay = parsed
  })
  await parseCommand(command, args)
  return replay
}

test('a replay is a source, its files and a speed', async () => {
  const online = ['online-retail', 'sales.csv.gz', '--speed', '60', '--json', '--data', 'x']
  expect(await parse(...online)).toMatchObject({ speed: 60, json: true, source: { name: 'online-retail' } })
  expect(await parse('complete-journey', 'a', 'b')).toMatchObject({ speed: 'max', json: false })
  expect(await parse('csv', 'f', '--dry-run', '--write', 'm')).toEqual({
    command: 'propose',
    path: 'f',
    write: 'm',
  })
  await expect(parse('csv', '--help')).rejects.toThrow('--dry-run')
})

test.each([
  [[], 'complete-journey'],
  [['online-retial', 'f'], "unknown command 'online-retial'"],
  [['online-retail'], "missing required argument 'file'"],
  [['complete-journey', 'f'], "missing required argument 'products'"],
  [['csv', 'f'], 'csv needs --map MAPPING.yaml'],
  [['online-retail', 'f', '--map', 'm'], "unknown option '--map'"],
  [['online-retail', 'f', '--dry-run'], "unknown option '--dry-run'"],
  [['online-retail', 'f', '--speed', 'fast'], 'Use max, or a factor above 0'],
  [['csv', 'f', '--write', 'm'], '--write goes with --dry-run'],
  [['csv', 'f', '--dry-run', '--map', 'm', '--write', 'n'], '--write goes with --dry-run without --map'],
  [['csv', '--dry-run'], "missing required argument 'file'"],
  [['online-retail', 'f', '--sped', '1'], "unknown option '--sped'"],
])('%j is refused, with the usage', async (args, message) => {
  await expect(parse(...args)).rejects.toThrow(message)
  await expect(parse(...args)).rejects.toThrow('Usage:')
})
