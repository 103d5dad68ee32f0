/** The Python of the jobs: as ruff wants it, and tested by pytest, without a cluster. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { python } from '../test/spark/gates.ts'

if (!python)
  console.warn(
    'SKIPPED: ruff and pytest. Run `npm test`, or set SHELFCAST_TEST_SPARK to a Python with spark-jobs/requirements-test.txt.',
  )

test.skipIf(!python).each([
  ['is written as ruff checks it', ['-m', 'ruff', 'check', '--no-cache', '.']],
  ['has its format', ['-m', 'ruff', 'format', '--check', '--no-cache', '.']],
  ['passes its tests', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider']],
])('the Python of the jobs %s', { timeout: 300_000 }, async (_, program) => {
  const run = promisify(execFile)(python!, ['-B', ...program], {
    cwd: import.meta.dirname,
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  })
  const { code, output } = await run.then(
    () => ({ code: 0, output: '' }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
  )
  expect(output).toBe('')
  expect(code).toBe(0)
})
