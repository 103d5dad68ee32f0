/** The warehouse over its restarts, for commands. */
import type { Patience } from '@shelfcast/runtime/patience'
import type { Warehouse } from './client.ts'

/** Statements that leave the same behind when they are done twice. */
const SAME_TWICE =
  /^\s*(select|with|exists|show|truncate|drop \w+ if exists|create or replace|create \w+ if not exists|alter table \S+ (drop partition|modify))\b/i

/**
 * Reads are asked again, their rows too; other statements while the warehouse has not heard of them, and after that
 * only where they may be done twice: they carry a deduplication token, or are such by their nature.
 */
export function patientWarehouse(warehouse: Warehouse, patience: Patience): Warehouse {
  const until = <T>(work: () => Promise<T>, isRepeatable = true) =>
    patience.until('warehouse', work, isRepeatable)

  return new Proxy(warehouse, {
    get(client, name) {
      if (name === 'query') return query
      if (name === 'command')
        return (request: Parameters<Warehouse['command']>[0]) =>
          until(() => client.command(request), hasToken(request) || SAME_TWICE.test(request.query))
      if (name === 'insert')
        return (request: Parameters<Warehouse['insert']>[0]) =>
          until(() => client.insert(request), hasToken(request))
      const member: unknown = Reflect.get(client, name)
      return typeof member === 'function' ? member.bind(client) : member
    },
  })

  async function query(request: Parameters<Warehouse['query']>[0]) {
    type Answer = Awaited<ReturnType<Warehouse['query']>>
    let answer: Answer | undefined = await until(() => warehouse.query(request))
    /** Answers can be read once: what broke off is asked for again. */
    const reading = (how: 'json' | 'text') => () =>
      until(async () => {
        const fresh: Answer = answer ?? (await warehouse.query(request))
        answer = undefined
        return fresh[how]()
      })
    return new Proxy(answer, {
      get(target, name) {
        if (name === 'json' || name === 'text') return reading(name)
        const member: unknown = Reflect.get(target, name)
        return typeof member === 'function' ? member.bind(target) : member
      },
    })
  }
}

function hasToken({ clickhouse_settings }: { clickhouse_settings?: object }): boolean {
  return clickhouse_settings !== undefined && 'insert_deduplication_token' in clickhouse_settings
}
