/** A sender in a process of its own, to be killed. Its lease is short, so that what it held is due again soon. */

import { repeat } from '@shelfcast/jobs/engine/repeat'
import { createErpChannel } from '@shelfcast/jobs/planning/sending/erp-channel'
import { createSender } from '@shelfcast/jobs/planning/sending/sender'
import { createOperational } from '@shelfcast/operational/client'
import { createOutbox } from '@shelfcast/operational/outbox'
import { createLog } from '@shelfcast/runtime/log'

const { OPERATIONAL_URL = '', OPERATIONAL_PASSWORD = '', ERP_URL = '', ERP_SECRET = '' } = process.env
const log = createLog('test', 'silent')
const operational = createOperational({
  url: OPERATIONAL_URL,
  password: OPERATIONAL_PASSWORD,
  application: 'test sender',
  patienceMs: 500,
})
const sender = createSender({
  worker: `sender ${process.pid}`,
  outbox: createOutbox(operational),
  channels: { erp: createErpChannel({ url: new URL(ERP_URL), secret: ERP_SECRET, timeoutMs: 1_000 }) },
  log,
  leaseMs: 1_500,
  firstRetryMs: 20,
})
repeat({ name: 'sender', everyMs: 20, firstAfterMs: 0, log, look: sender.send })
process.stdout.write('ready\n')
