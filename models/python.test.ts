/** The Python of the models: as ruff wants it, and tested by pytest. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const python = process.env.SHELFCAST_TEST_MODELS

if (!python)
  console.warn(
    'SKIPPED: ruff and pytest. Run `npm test`, or set SHELFCAST_TEST_MODELS to a Python with models/requirements-test.txt.',
  )

test.skipIf(!python).each([
  ['is written as ruff checks it', ['-m', 'ruff', 'check', '--no-cache', '.']],
  ['has its format', ['-m', 'ruff', 'format', '--check', '--no-cache', '.']],
  ['passes its tests', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider']],
])('the Python of the models %s', { timeout: 600_000 }, async (_, program) => {
  const run = promisify(execFile)(python!, ['-B', ...program], {
    cwd: import.meta.dirname,
    // Small data is learned sooner by one thread than by many that wait for each other.
    env: { ...process.env, OMP_NUM_THREADS: '1', PYTHONDONTWRITEBYTECODE: '1' },
  })
  const { code, output } = await run.then(
    () => ({ code: 0, output: '' }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` }),
  )
  expect(output).toBe('')
  expect(code).toBe(0)
})
