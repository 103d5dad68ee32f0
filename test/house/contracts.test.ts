/** What is written in two places by need is held together here. */
import { readFileSync } from 'node:fs'
import { BLOCK_COLUMNS, blockBegin, blockName, chainPrefix } from '@shelfcast/contracts/lake'
import { explain, REFUSAL_CODES, REFUSALS, SETTLED_REASONS } from '@shelfcast/contracts/refusals'
import { EVENT_SCHEMAS, EVENT_TOPICS, TOPIC_SETTINGS } from '@shelfcast/contracts/topics'
import { FACT_TABLE } from '@shelfcast/contracts/warehouse'
import { describe, expect, test } from 'vitest'

const root = new URL('../..', import.meta.url)

/** Column names of a table of the warehouse. */
function columnsOf(table: string): string[] {
  const sql = readFileSync(new URL(`services/warehouse/tables/${table}.sql`, root), 'utf8')
  const body = /\n\(\n([\s\S]*?)\n\)\nengine/.exec(sql)?.[1] ?? ''
  return [...body.matchAll(/^ {4}(\w+) /gm)].map((match) => match[1]!).filter((name) => name !== 'index')
}

describe.each(EVENT_TOPICS)('%s', (topic) => {
  const inBlock = BLOCK_COLUMNS[topic].map((column) => column.name)

  test('every column of the fact table is in the block', () => {
    expect(columnsOf(FACT_TABLE[topic]).length).toBeGreaterThan(5)
    expect(columnsOf(FACT_TABLE[topic]).filter((name) => !inBlock.includes(name))).toEqual([])
  })

  test('every column of the block reaches the fact table or the dead letters', () => {
    const reached = new Set([...columnsOf(FACT_TABLE[topic]), ...columnsOf('dead_letters')])
    expect(inBlock.filter((name) => !reached.has(name))).toEqual([])
  })

  test('every field of the event is in the block', () => {
    const renamed: Record<string, string> = { lines: 'line_no', detail: 'note', total: 'net_amount' }
    const fields = Object.keys(EVENT_SCHEMAS[topic].properties).map((name) => renamed[name] ?? name)
    expect(fields.filter((name) => !inBlock.includes(name))).toEqual([])
  })

  test('names of blocks sort as their offsets and tell them', () => {
    const names = [0n, 9n, 10n, 99_999_999_999n, 2n ** 62n].map((offset) =>
      blockName({ topic, epoch: 0, partition: 3 }, offset),
    )
    expect([...names].sort()).toEqual(names)
    expect(names.map(blockBegin)).toEqual([0n, 9n, 10n, 99_999_999_999n, 2n ** 62n])
    expect(names.every((name) => name.startsWith(chainPrefix({ topic, epoch: 0, partition: 3 })))).toBe(true)
  })
})

test('the documented table of refusals is the one in the code', () => {
  const documented = readFileSync(new URL('docs/refusals.md', root), 'utf8').match(/^\| `.*$/gm)
  const rows = REFUSAL_CODES.map((code) => {
    const { rule, fix, settled } = explain(code)
    return `| \`${code}\` | ${REFUSALS[code].level} | ${rule} | ${fix} | ${settled ?? ''} |`.replace(
      '|  |',
      '| |',
    )
  })
  expect(documented).toEqual(rows)
})

test('the view of dead letters settles what the contract settles', () => {
  const sql = readFileSync(new URL('services/warehouse/views/dead_letter_states.sql', root), 'utf8')
  const reasons = /reason in \(([^)]*)\),\n\s*'settled'/.exec(sql)?.[1]
  expect(reasons).toBe(SETTLED_REASONS.map((reason) => `'${reason}'`).join(', '))
})

test('a partition number fits the two digits of a chain folder', () => {
  for (const { partitions } of Object.values(TOPIC_SETTINGS)) expect(partitions).toBeLessThanOrEqual(100)
})
