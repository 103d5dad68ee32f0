/**
 * Purchase orders as sources tell them in the lake, passed on to the warehouse: each object once, in the order of
 * their names. The warehouse knows how far each folder is read, so one that begins anew gets all of them.
 */
import { ORDERS_PREFIX, PurchaseOrderLine } from '@shelfcast/contracts/orders'
import type { Lake } from '@shelfcast/runtime/lake'
import type { Logger } from '@shelfcast/runtime/log'
import type { Warehouse } from '@shelfcast/warehouse/client'
import { Compile } from 'typebox/compile'

const TABLE = 'fact_purchase_orders'
const validator = Compile(PurchaseOrderLine)

export interface Orders {
  /** Passes on what was told since the last time. What fails is passed on by the next call. */
  refresh(): Promise<void>
}

export function createOrders(options: { lake: Lake; warehouse: Warehouse; log: Logger }): Orders {
  const { lake, warehouse, log } = options
  /** By folder: the last object that was read. */
  let read: Map<string, string> | undefined
  let running: Promise<void> = Promise.resolve()

  async function readAll(): Promise<void> {
    read ??= await lastObjects()
    for (const folder of await folders()) {
      for await (const { name } of lake.list('raw', folder, read.get(folder))) {
        await load(folder, name)
        read.set(folder, name)
      }
    }
  }

  /** `orders/SOURCE/RUN/` of all sources: found from one to the next, without listing what is in them. */
  async function folders(): Promise<string[]> {
    const texts: string[] = []
    let after = ''
    for (;;) {
      const next = await firstAfter(after)
      const [, source, run] = next?.split('/') ?? []
      if (source === undefined || run === undefined) return texts
      const folder = `${ORDERS_PREFIX}${source}/${run}/`
      texts.push(folder)
      // Behind every name of the folder.
      after = `${folder}~`
    }
  }

  async function firstAfter(after: string): Promise<string | undefined> {
    for await (const { name } of lake.list('raw', ORDERS_PREFIX, after)) return name
    return undefined
  }

  async function load(folder: string, name: string): Promise<void> {
    const [, source] = folder.split('/')
    const text = (await lake.read('raw', name)).toString('utf8')
    const rows = text.split('\n').flatMap((line, index) => {
      if (line === '') return []
      const row = parsed(line)
      if (validator.Check(row)) return [{ ...row, source, object: name }]
      const [fault] = validator.Errors(row)
      log.error(
        { object: `raw/${name}`, line: index + 1 },
        `order line skipped: ${fault?.instancePath} ${fault?.message}. Tell it again, corrected, in an object with a later name.`,
      )
      return []
    })
    if (rows.length === 0) return
    await warehouse.insert({
      table: TABLE,
      values: rows,
      format: 'JSONEachRow',
      clickhouse_settings: { async_insert: 0, date_time_input_format: 'best_effort' },
    })
    log.info({ object: `raw/${name}`, lines: rows.length }, 'purchase orders read')
  }

  async function lastObjects(): Promise<Map<string, string>> {
    const answer = await warehouse.query({
      query: `
        select substring(object, 1, length(object) - position(reverse(object), '/') + 1) as folder, max(object) as last
        from ${TABLE}
        group by folder`,
      format: 'JSONEachRow',
    })
    const rows = await answer.json<{ folder: string; last: string }>()
    return new Map(rows.map(({ folder, last }) => [folder, last]))
  }

  return {
    refresh() {
      running = running.catch(() => undefined).then(readAll)
      return running
    },
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
