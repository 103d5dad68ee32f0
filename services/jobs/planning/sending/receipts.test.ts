/** Deliveries of the warehouse, booked on orders of the operational store. */
import { createOrders, type Orders } from '@shelfcast/operational/orders'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startStore, type TestStore } from '../../../../test/operational/store.ts'
import { createApproved } from '../../../../test/sending/drafts.ts'
import { insert, startWarehouse, type TestWarehouse } from '../../../../test/warehouse/warehouse.ts'
import { createReceipts } from './receipts.ts'

let store: TestStore
let warehouse: TestWarehouse
let orders: Orders
beforeAll(async () => {
  store = await startStore()
  warehouse = await startWarehouse()
  orders = createOrders(store.client)
}, 120_000)
afterAll(async () => {
  await warehouse?.stop()
  await store?.stop()
})

const receipt = (purchase_order_id: string, overrides: object = {}) => ({
  store_id: 'S-01',
  received_on: '2026-03-04',
  sku: 'P-1000',
  purchase_order_id,
  quantity: 20,
  receipts: 1,
  ...overrides,
})

test('a delivery closes its line, short or late or in two parts, and is booked once', async () => {
  const look = createReceipts(store.client, readerOf(warehouse.client))
  const [order, other] = [await createApproved(orders), await createApproved(orders)]
  expect(await look()).toEqual({ orders: 0, lines: 0 })
  // given a short delivery, and one of an order of another store with the same id
  await insert(warehouse.client, 'order_receipts', [
    receipt(order.purchase_order_id),
    receipt(other.purchase_order_id, { store_id: 'S-02' }),
  ])
  // when looked at twice
  expect(await look()).toEqual({ orders: 1, lines: 1 })
  expect(await look()).toEqual({ orders: 0, lines: 0 })
  // then
  const detail = await orders.byId(order.id)
  expect(detail!.order.state).toBe('received')
  expect(detail!.lines).toMatchObject([{ quantity: 24, received: 20, closed: true }])
  expect((await orders.byId(other.id))!.order.state).toBe('approved')
  // and the rest of it, a day later, and after a restart, is added.
  await insert(warehouse.client, 'order_receipts', [
    receipt(order.purchase_order_id, { received_on: '2026-03-05', quantity: 4 }),
  ])
  const restarted = createReceipts(store.client, readerOf(warehouse.client))
  expect(await restarted()).toEqual({ orders: 1, lines: 1 })
  expect(await restarted()).toEqual({ orders: 0, lines: 0 })
  expect((await orders.byId(order.id))!.lines).toMatchObject([{ received: 24, closed: true }])
})

test('a look into a warehouse that is away changes nothing, and the next one books', async () => {
  const order = await createApproved(orders)
  const read = readerOf(warehouse.client)
  let isAway = true
  const look = createReceipts(store.client, (query, parameters) => {
    if (isAway) throw new Error('the warehouse is away')
    return read(query, parameters)
  })
  await insert(warehouse.client, 'order_receipts', [receipt(order.purchase_order_id, { quantity: 24 })])
  await expect(look()).rejects.toThrow('away')
  isAway = false
  await look()
  expect((await orders.byId(order.id))!.order.state).toBe('received')
})
