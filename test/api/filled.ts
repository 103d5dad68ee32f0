/** The API over real stores that hold something of everything, so that what passes a schema reaches an engine. */

import type { App } from '@shelfcast/api/http/schemas'
import type { Operational } from '@shelfcast/operational/client'
import { createOrders } from '@shelfcast/operational/orders'
import { startTestInference } from '../inference/server.ts'
import { draftOf } from '../operational/orders.ts'
import { startStore } from '../operational/store.ts'
import { insert, startWarehouse, type TestWarehouse } from '../warehouse/warehouse.ts'
import { block, buildTestServer, deadLetter, sale } from './fixture.ts'
import { seedOperational, seedWarehouse } from './forecasts.ts'

export interface FilledApi {
  app: App
  stop(): Promise<void>
}

export async function startFilledApi(): Promise<FilledApi> {
  const started: (App | { stop(): Promise<void> })[] = []
  const stop = async () => {
    for (const one of started.reverse()) await ('stop' in one ? one.stop() : one.close())
  }
  try {
    const warehouse = await startWarehouse()
    started.push(warehouse)
    const store = await startStore()
    started.push(store)
    const inference = await startTestInference('v1', {
      stores: ['S-01', 'S-02'],
      skus: ['P-1000', 'P-1001', 'P-1002', 'P-1003'],
    })
    started.push(inference)
    await Promise.all([fillWarehouse(warehouse), seedOperational(store.client), fillOrders(store.client)])
    let sent = 0
    const app = await buildTestServer({
      warehouse: warehouse.client,
      operational: store.client,
      inferenceUrl: inference.url,
      sender: {
        send: async (_topic, messages) => messages.map(() => ({ partition: 0, offset: 1_000 + sent++ })),
        close: async () => {},
      },
    })
    started.push(app)
    await app.ready()
    return { app, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function fillWarehouse({ client }: TestWarehouse): Promise<void> {
  await seedWarehouse(client, { stores: 2, skus: 3 })
  await insert(client, 'dim_supplier', [{ supplier_id: 'SUP-1', name: 'Dairies', source: 'test' }])
  await insert(client, 'fact_sales', [sale({ offset: 1 }), sale({ offset: 2, basket_id: 'B2' })])
  await insert(client, 'dead_letters', [deadLetter(), deadLetter({ offset: 6, message_id: 'B6' })])
  await insert(client, 'lake_objects', [block()])
}

async function fillOrders(operational: Operational): Promise<void> {
  await draftOf(createOrders(operational))
}
