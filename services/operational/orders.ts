/** Orders to suppliers: proposed by a plan or written by a person, changed, approved, delivered. */
import type { Order, OrderEvent, OrderFilter, OrderLine, OrderProposal } from '@shelfcast/contracts/orders'
import type { Operational } from './client.ts'
import { type OrderChanges, orderChanges } from './order-changes.ts'
import { confirmOrder, type OpenLine, openLines, type Receipt, receiveLines } from './order-deliveries.ts'
import { type Proposed, proposeOrders } from './order-proposals.ts'
import { listOrders, readDetail, type Sending } from './order-rows.ts'

export { OrderRefusal } from './order-rows.ts'

export interface Orders extends OrderChanges {
  /**
   * Takes what a plan proposes, as a whole. It takes the place of untouched drafts of the same store, supplier and day;
   * what a person has edited, put off, approved, rejected or cancelled stands. Untouched drafts of days before `order_day`
   * and those that are not proposed any more are cancelled. The same again changes nothing.
   * @throws OrderRefusal when a plan for a later day is in already
   */
  propose(proposal: {
    plan: string
    /** The earliest day at a store for which it orders. */
    order_day: string
    actor: string
    proposals: readonly OrderProposal[]
  }): Promise<Proposed>
  /** The supplier will deliver. The same again changes nothing. */
  confirm(confirmation: {
    store_id: string
    purchase_order_id: string
    /** Null: it does not say. */
    expected_on: string | null
    actor: string
    reason?: string
    detail?: Record<string, unknown>
  }): Promise<Order>
  /**
   * What has come of lines, as sums over all deliveries of each: the same again changes nothing. A line is closed by its
   * receipt, also by one that comes short, as in stock_on_order of the warehouse.
   */
  receive(receipts: readonly Receipt[], actor: string): Promise<{ orders: number; lines: number }>
  /** What is on order: lines that were approved and that no delivery has closed. */
  open(choice?: { store_id?: string }): Promise<OpenLine[]>
  byId(
    id: number,
  ): Promise<{ order: Order; lines: OrderLine[]; events: OrderEvent[]; sending: Sending | null } | undefined>
  byNumber(store_id: string, purchase_order_id: string): Promise<Order | undefined>
  /** Newest first. */
  list(filter?: OrderFilter): Promise<Order[]>
}

export function createOrders(operational: Operational): Orders {
  const changing = <T>(work: (changes: OrderChanges) => Promise<T>) =>
    operational.transaction((inside) => work(orderChanges(inside)))
  return {
    create: (draft) => changing((changes) => changes.create(draft)),
    edit: (change) => changing((changes) => changes.edit(change)),
    putOff: (change) => changing((changes) => changes.putOff(change)),
    approve: (change) => changing((changes) => changes.approve(change)),
    reject: (change) => changing((changes) => changes.reject(change)),
    cancel: (change) => changing((changes) => changes.cancel(change)),
    resend: (change) => changing((changes) => changes.resend(change)),
    propose: (proposal) => operational.transaction((inside) => proposeOrders(inside, proposal)),
    confirm: (confirmation) => operational.transaction((inside) => confirmOrder(inside, confirmation)),
    receive: (receipts, actor) => operational.transaction((inside) => receiveLines(inside, receipts, actor)),
    open: (choice = {}) => openLines(operational, choice),
    byId: (id) => readDetail(operational, id),
    async byNumber(store_id, purchase_order_id) {
      const [order] = await listOrders(operational, { store_id, purchase_order_id, limit: 1 })
      return order
    },
    list: (filter = {}) => listOrders(operational, filter),
  }
}
