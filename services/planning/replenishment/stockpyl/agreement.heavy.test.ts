/** The answers that the everyday test compares with are those of stockpyl itself. */
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

/** Of an environment of its own, which npm run test:heavy makes. */
const STOCKPYL = process.env.SHELFCAST_TEST_STOCKPYL

const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))

test.skipIf(!STOCKPYL)('stockpyl still answers what is written down', { timeout: 120_000 }, async () => {
  const { stdout } = await promisify(execFile)(STOCKPYL!, [fileOf('answers.py')])
  const written = JSON.parse(await readFile(fileOf('answers.json'), 'utf8'))
  expect(rounded(JSON.parse(stdout))).toEqual(rounded(written))
})

/** Without the last digits, in which machines differ. */
const rounded = (answers: unknown): unknown =>
  JSON.parse(JSON.stringify(answers), (_, value: unknown) =>
    typeof value === 'number' ? Number(value.toPrecision(9)) : value,
  )
