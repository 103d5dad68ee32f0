/** A worker in a process of its own, to be killed: it takes a training, says so, and never ends it. */
import { startWorker } from '@shelfcast/jobs/engine/worker'
import { createOperational } from '@shelfcast/operational/client'
import { createRuns } from '@shelfcast/operational/runs'
import { createLog } from '@shelfcast/runtime/log'

const { OPERATIONAL_URL = '', OPERATIONAL_PASSWORD = '', WORKER_NAME = '' } = process.env
const operational = createOperational({
  url: OPERATIONAL_URL,
  password: OPERATIONAL_PASSWORD,
  application: 'test',
})
startWorker({
  name: WORKER_NAME,
  jobs: [
    {
      name: 'train',
      run: ({ log }) => {
        log.info('half of it is done')
        process.stdout.write('begun\n')
        return new Promise(() => undefined)
      },
    },
  ],
  runs: createRuns(operational),
  context: { backends: undefined as never, connectors: undefined as never, now: Date.now },
  log: createLog('test', 'silent'),
})
