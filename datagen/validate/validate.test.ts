/** The command as a person runs it, on a few weeks of a small world. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPreset } from '../world/presets.ts'
import type { Figure } from './figures.ts'

const COMMAND = resolve(import.meta.dirname, '../validate.ts')
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium'
const NO_BROWSER = existsSync(CHROMIUM) ? undefined : `no browser at ${CHROMIUM}`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shelfcast-validate-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(...args: string[]): Promise<{ code: number | null; out: string; errors: string }> {
  const child = spawn(process.execPath, [COMMAND, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let [out, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const code = await new Promise<number | null>((done) => child.once('close', done))
  return { code, out, errors }
}

async function smallWorld(): Promise<string> {
  const preset = createPreset('small')
  const path = join(folder, 'world.json')
  const stores = preset.stores.filter(({ profile }) => profile === 'supermarket').slice(0, 2)
  await writeFile(path, JSON.stringify({ ...preset, name: 'corner', stores }))
  return path
}

describe('datagen validate', () => {
  let result: Awaited<ReturnType<typeof run>>
  let figures: Figure[]
  beforeAll(async () => {
    result = await run(
      'validate',
      '--world',
      await smallWorld(),
      '--seed',
      '7',
      '--years',
      '0.15',
      '--json',
      '--out',
      join(folder, 'out'),
      '--data-dir',
      join(folder, 'nothing'),
    )
    const last = result.out.trim().split('\n').at(-1)!
    figures = (JSON.parse(last) as { figures: Figure[] }).figures
  }, 60_000)

  test('the last line is one JSON object, and the code says whether a figure lies outside', () => {
    expect(result.errors).not.toMatch(/Error/)
    const outside = figures.filter(({ verdict }) => verdict === 'outside')
    expect(result.code).toBe(outside.length > 0 ? 1 : 0)
    for (const { twin, range, verdict } of figures) {
      if (verdict === 'not measured') expect(twin).toBeUndefined()
      else expect(verdict).toBe(twin! >= range[0] && twin! <= range[1] ? 'ok' : 'outside')
    }
  })

  test('what a few weeks can say is measured, what takes years or other stores is not', () => {
    const verdict = (name: string) => figures.find((figure) => figure.name.startsWith(name))!.verdict
    expect(verdict('Baskets with a line scanned twice')).toBe('ok')
    expect(verdict('Days on which a product of a store sells nothing')).toBe('ok')
    expect(verdict('Pieces of a line')).toBe('ok')
    expect(verdict('Strongest month over weakest')).toBe('not measured')
    expect(verdict('Baskets from 11:00 to 15:00, campus')).toBe('not measured')
  })

  test('the table names each figure and its range, and the real data that are missing', () => {
    for (const { name } of figures) expect(result.out).toContain(name)
    expect(result.out).toMatch(/Real data that are not there: .*online-retail\.csv\.gz/)
  })

  test('the page stands alone', async () => {
    const html = await readFile(join(folder, 'out', 'index.html'), 'utf8')
    for (const { name } of figures) expect(html).toContain(name.replaceAll('&', '&#38;'))
    expect(html.match(/<svg role="img"/g)!.length).toBeGreaterThanOrEqual(6)
    expect(html).not.toMatch(/<script|<link|src=|url\((?!#)|NaN/)
  })

  test.skipIf(NO_BROWSER !== undefined)(
    `a browser shows it, on a phone too${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`,
    async () => {
      const browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      })
      try {
        const tab = await browser.newPage({ viewport: { width: 390, height: 844 } })
        const faults: string[] = []
        tab.on('console', (message) => message.type() === 'error' && faults.push(message.text()))
        await tab.goto(`file://${join(folder, 'out', 'index.html')}`)
        expect(await tab.getByRole('heading', { level: 1 }).innerText()).toBe('How real is the twin?')
        expect(await tab.locator('figure svg').first().isVisible()).toBe(true)
        expect(await tab.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(390)
        expect(faults).toEqual([])
      } finally {
        await browser.close()
      }
    },
    30_000,
  )
})

test.each([
  [
    ['validate', '--years', 'two'],
    { code: 1, errors: expect.stringMatching(/'two' is invalid\. Use a number above 0/) },
  ],
  [['check'], { code: 1, errors: expect.stringMatching(/unknown command 'check'/) }],
  [['validate', '--help'], { code: 0, out: expect.stringMatching(/--data-dir/) }],
])(
  'what cannot be done is said with what can: %j',
  async (args, answer) => {
    expect(await run(...args)).toMatchObject(answer)
  },
  60_000,
)
