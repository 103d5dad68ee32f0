import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { REPOSITORY } from '@shelfcast/platform/state/layout'
import { afterEach, expect, test } from 'vitest'
import { readProfiles } from './profile.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const urlOf = (file: string) => pathToFileURL(join(REPOSITORY, file)).href

/** A profile whose samples are of these frames, a millisecond each; a frame may name its caller. */
function profileOf(samples: [functionName: string, url: string, caller?: number][]): string {
  const folder = mkdtempSync(join(tmpdir(), 'shelfcast-profile-'))
  folders.push(folder)
  const nodes = samples.map(([functionName, url], index) => ({
    id: index + 1,
    callFrame: {
      functionName,
      url,
      lineNumber: functionName.startsWith('(') || functionName === 'writev' ? -1 : 9,
    },
    children: samples.flatMap(([, , caller], other) => (caller === index ? [other + 1] : [])),
  }))
  const profile = { nodes, samples: nodes.map(({ id }) => id), timeDeltas: nodes.map(() => 1_000) }
  writeFileSync(join(folder, 'CPU.cpuprofile'), JSON.stringify(profile))
  return folder
}

test('time belongs to the step whose code it is, and what is nobody’s to the step that called it', () => {
  const { steps_ms, table } = readProfiles(
    profileOf([
      ['compile', 'node:internal/modules'],
      ['parseAnswer', urlOf('services/ingest/stream/kafka/fetch.ts')],
      ['copy', 'node:buffer', 1],
      ['strictLine', ''],
      ['judge', urlOf('services/ingest/stream/gate/create.ts')],
      ['intern', urlOf('services/ingest/stream/text-column.ts'), 4],
      ['encodeColumns', urlOf('services/ingest/stream/parquet/encode.ts')],
      ['create', urlOf('services/runtime/lake.ts')],
      ['writev', '', 7],
      ['(garbage collector)', ''],
      ['(idle)', ''],
      ['constructor', 'node:events'],
      ['#loadNext', urlOf('services/ingest/load/loader.ts')],
      ['stop', urlOf('services/runtime/service.ts')],
    ]),
  )
  // What comes before the first fetch and after the last load is not the run.
  expect(steps_ms).toEqual({
    consume: 2,
    decode: 1,
    judge: 2,
    encode: 1,
    put: 2,
    'garbage collection': 1,
    idle: 1,
    other: 1,
    load: 1,
  })
  expect(table).toContain('judge: intern  services/ingest/stream/text-column.ts:10')
  expect(table).not.toContain('compile')
})
