/** Sends orders and books what comes of them, for as long as the service runs. */
import { ORDER_CHANNELS, type OrderChannel } from '@shelfcast/contracts/orders'
import { createOutbox } from '@shelfcast/operational/outbox'
import type { Logger } from '@shelfcast/runtime/log'
import { readerOf } from '@shelfcast/warehouse/queries/rows'
import { Counter, type Registry } from 'prom-client'
import type { Connections } from '../../backends.ts'
import { repeat } from '../../engine/repeat.ts'
import { ownAddress } from '../../environment.ts'
import type { Channel } from './channel.ts'
import { createErpChannel } from './erp-channel.ts'
import { createFileChannel } from './file-channel.ts'
import { tellingOrders } from './on-order.ts'
import { createReceipts } from './receipts.ts'
import { createSender } from './sender.ts'
import { createTwinChannel } from './twin-channel.ts'

/** Who approves an order sees it sent; a look into an empty outbox is one small statement. */
const SEND_EVERY_MS = 1_000
/** Deliveries come by the day; a simulated day is half a minute. */
const RECEIPTS_EVERY_MS = 10_000
const FIRST_AFTER_MS = 2_000

export interface OrderSettings {
  ERP_URL: string
  ERP_SECRET: string
  TWIN_URL: string
  TWIN_TOKEN?: string | undefined
}

/** The channels for which all is set. */
export function channelsOf(
  settings: OrderSettings,
  lake: Connections['lake'],
): Partial<Record<OrderChannel, Channel>> {
  const { ERP_URL, ERP_SECRET, TWIN_URL, TWIN_TOKEN } = settings
  return {
    csv: tellingOrders(createFileChannel('csv', lake), lake),
    edifact: tellingOrders(createFileChannel('edifact', lake), lake),
    ...(ERP_URL !== '' && {
      erp: tellingOrders(createErpChannel({ url: ownAddress('ERP_URL', ERP_URL), secret: ERP_SECRET }), lake),
    }),
    ...(TWIN_URL !== '' &&
      TWIN_TOKEN !== undefined && { twin: createTwinChannel({ url: TWIN_URL, token: TWIN_TOKEN }) }),
  }
}

/** @returns what stops it: what is under way ends first, and what cannot is given back */
export function startSending(options: {
  worker: string
  settings: OrderSettings
  backends: Connections
  registry: Registry
  log: Logger
}): () => Promise<void> {
  const { worker, settings, backends, log } = options
  const attempts = new Counter({
    name: 'jobs_order_sendings_total',
    help: 'Attempts to send an order: sent, postponed (it is tried again), buried (a person has to look).',
    labelNames: ['channel', 'outcome'] as const,
    registers: [options.registry],
  })
  const channels = channelsOf(settings, backends.lake)
  const sender = createSender({
    worker,
    outbox: createOutbox(backends.operational),
    channels,
    log,
    tell: (channel, outcome) => attempts.inc({ channel, outcome }),
  })
  const bookReceipts = createReceipts(backends.operational, readerOf(backends.warehouse))
  const loops = [
    repeat({
      name: 'orders are sent',
      everyMs: SEND_EVERY_MS,
      firstAfterMs: FIRST_AFTER_MS,
      log,
      look: sender.send,
    }),
    repeat({
      name: 'receipts of orders',
      everyMs: RECEIPTS_EVERY_MS,
      firstAfterMs: FIRST_AFTER_MS,
      log,
      async look() {
        const booked = await bookReceipts()
        if (booked.lines > 0) log.info(booked, 'deliveries of orders are booked')
      },
    }),
  ]
  log.info(
    { channels: ORDER_CHANNELS.filter((channel) => channels[channel]) },
    'orders are sent when approved',
  )
  return async () => {
    await Promise.all(loops.map((loop) => loop.stop()))
  }
}
