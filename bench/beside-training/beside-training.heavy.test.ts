import { join } from 'node:path'
import { run } from '@shelfcast/platform/processes/run'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { expect, test } from 'vitest'
import { NO_BROWSER } from '../../test/pages/browser.ts'
import { PAGES } from './visits.ts'

test.skipIf(NO_BROWSER !== undefined)(
  `the bench of pages and scans beside a training sees every one of them${NO_BROWSER ? ` (${NO_BROWSER})` : ''}`,
  async () => {
    const bench = join(REPOSITORY, 'scripts', 'bench.ts')
    const output = await run(process.execPath, [bench, 'beside-training', '--quick', '--json'])
    expect(output).toContain('scan to dashboard')
    const figures = JSON.parse(output.trim().split('\n').at(-1)!)['beside-training'] as Record<string, number>
    for (const when of ['quiet', 'beside'])
      for (const name of [...PAGES.map((page) => `page_${page.name}`), 'pages', 'scan']) {
        const of = (share: string) => figures[`${when}_${name}_${share}_ms`]!
        expect(of('p50'), `${when} ${name}`).toBeGreaterThan(0)
        expect(of('p99')).toBeGreaterThanOrEqual(of('p50'))
      }
  },
  1_800_000,
)
