/** Command: how real the twin is. See docs/twin.md. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runCommand } from '@shelfcast/runtime/command'
import { datagenCommand, type ValidateArguments } from './validate/arguments.ts'
import { createProgress } from './validate/progress.ts'
import { validate } from './validate/run.ts'
import { table } from './validate/table.ts'
import { readWorld } from './world/read.ts'

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url))

await runCommand(
  datagenCommand(async (validation) => {
    process.exitCode = await main(validation)
  }),
)

async function main({ world, seed, years, dataDir, out, json }: ValidateArguments): Promise<number> {
  const progress = createProgress()
  const folder = resolve(dataDir ?? process.env.SHELFCAST_DATA ?? resolve(REPOSITORY, '../shared/data'))
  const { figures, path, missing } = await validate(
    {
      world: readWorld(world),
      seed,
      years,
      dataDir: folder,
      out: resolve(out ?? resolve(REPOSITORY, '.shelfcast/validation')),
    },
    progress.tell,
  ).finally(() => progress.stop())
  process.stdout.write(`${table(figures)}\n\n`)
  if (missing.length > 0) {
    process.stdout.write(
      `Real data that are not there: ${missing.join(', ')}. Name their folder with --data-dir or SHELFCAST_DATA.\n`,
    )
  }
  const outside = figures.filter(({ verdict }) => verdict === 'outside')
  const inside = figures.filter(({ verdict }) => verdict === 'ok')
  process.stdout.write(
    `${inside.length} figures in their range, ${outside.length} outside. Plots and reasons: ${path}\n`,
  )
  if (json) process.stdout.write(`${JSON.stringify({ figures, page: path, missing })}\n`)
  return outside.length === 0 ? 0 : 1
}
