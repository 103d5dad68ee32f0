/** An analyst of the real server has the rights of one of the embedded server. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import {
  ANALYST_QUERIES,
  ANALYST_WAIT_S,
  CEILINGS,
  FILTERS_SETTING,
  SETTINGS,
  TEMPORARY_DISK,
} from './analyst.ts'

const USERS = readFileSync(
  new URL('../../../infra/clickhouse/users.d/shelfcast.xml', import.meta.url),
  'utf8',
)
const profile = /<profiles>[\s\S]*<analyst>([\s\S]*)<\/analyst>[\s\S]*<\/profiles>/.exec(USERS)![1]!
const constraints = /<constraints>([\s\S]*)<\/constraints>/.exec(profile)![1]!

test('the same settings may be set', () => {
  const names = [...constraints.matchAll(/<(\w+)>.*<changeable_in_readonly\/><\/\1>/g)].map(
    ([, name]) => name!,
  )
  expect(names.sort()).toEqual([...SETTINGS, FILTERS_SETTING].sort())
})

test.each(Object.entries(CEILINGS))('the same bounds hold for %s', (name, { least, most }) => {
  expect(profile).toContain(`<${name}>${most}</${name}>`)
  expect(constraints).toContain(
    `<${name}><min>${least}</min><max>${most}</max><changeable_in_readonly/></${name}>`,
  )
})

test('the same number of queries run at once, and wait as long for a place', () => {
  expect(profile).toContain(`<max_concurrent_queries_for_user>${ANALYST_QUERIES}<`)
  expect(profile).toContain(`<queue_max_wait_ms>${ANALYST_WAIT_S * 1_000}<`)
  expect(profile).toContain(`<max_temporary_data_on_disk_size_for_query>${TEMPORARY_DISK}<`)
  expect(profile).toContain('<readonly>1</readonly>')
})
