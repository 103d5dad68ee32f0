/** How orders reach suppliers: what the API that approves them and the jobs that send them go by. */
import { ORDER_CHANNELS, type OrderChannel } from '@shelfcast/contracts/orders'
import { Type } from 'typebox'

export const OrderEnvironment = Type.Object({
  ORDER_CHANNEL: Type.Optional(
    Type.Union(
      ORDER_CHANNELS.map((channel) => Type.Literal(channel)),
      {
        description:
          'How approved orders are sent (docs/planning/sending.md): twin, erp (to ERP_URL), csv or edifact (files in the lake). Where it is not set: to the twin where there is one, else csv.',
      },
    ),
  ),
  ERP_URL: Type.String({
    default: '',
    description:
      'Where an ERP takes orders by HTTP: https, or http of this machine. Both sign with ERP_SECRET.',
  }),
})

/** By which channel what is approved now is sent. @throws for a channel that is not set up */
export function orderChannelOf(environment: {
  ORDER_CHANNEL?: OrderChannel | undefined
  ERP_URL: string
  TWIN_URL: string
}): OrderChannel {
  const { ORDER_CHANNEL, ERP_URL, TWIN_URL } = environment
  if (ORDER_CHANNEL === 'erp' && ERP_URL === '')
    throw new Error(
      'ORDER_CHANNEL is erp, and ERP_URL is not set. Set it to the address at which the ERP takes orders.',
    )
  if (ORDER_CHANNEL === 'twin' && TWIN_URL === '')
    throw new Error('ORDER_CHANNEL is twin, and there is no twin. Start it, or use erp, csv or edifact.')
  return ORDER_CHANNEL ?? (TWIN_URL === '' ? 'csv' : 'twin')
}
