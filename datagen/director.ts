/** Command line: leads the twin of a running stack. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { DirectorState, HappeningState, OrderState } from '@shelfcast/contracts/twin'
import { twin } from '@shelfcast/platform/parts/twin'
import { NotReady } from '@shelfcast/runtime/away'
import { runCommand } from '@shelfcast/runtime/command'
import { readEnvironment } from '@shelfcast/runtime/environment'
import { createPatience } from '@shelfcast/runtime/patience'
import { Type } from 'typebox'
import { type DirectorCommand, directorCommand } from './director/arguments.ts'
import { happeningText, stateText } from './director/report.ts'

type Question = Pick<DirectorCommand, 'method' | 'path' | 'body'>

const JUMP_LOOK_MS = 500
const patience = createPatience()

await runCommand(directorCommand(direct))

async function direct(command: DirectorCommand): Promise<void> {
  const { TWIN_PORT } = twin.environment.properties
  const environment = readEnvironment(Type.Object({ ...twin.access.properties, TWIN_PORT }))
  const url = environment.TWIN_URL || `http://127.0.0.1:${environment.TWIN_PORT}`
  const ask = (question: Question) =>
    // Of a happening or a jump that is asked for twice, two would come; an order has its id.
    patience.until(
      'twin',
      () => request(url, environment.TWIN_TOKEN, question),
      !['/director/happenings', '/director/jump'].includes(question.path) || question.method !== 'POST',
    )

  let answer = await ask(command)
  if (command.waits) {
    const show = process.stderr.isTTY === true
    for (let { jump } = answer as DirectorState; jump; jump = (answer as DirectorState).jump) {
      if (show) process.stderr.write(`\rsimulated to ${jump.reached.slice(0, 10)} of ${jump.to}`)
      await sleep(JUMP_LOOK_MS)
      answer = await ask({ method: 'GET', path: '/director' })
    }
    if (show) process.stderr.write('\n')
  }
  process.stdout.write(`${command.json ? JSON.stringify(answer) : readable(answer)}\n`)
}

async function request(url: string, token: string, { method, path, body }: Question): Promise<unknown> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}` }
  if (body !== undefined) headers['content-type'] = 'application/json'
  const answer = await fetch(new URL(path, url), {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const content = (await answer.json()) as { message?: string }
  const message = content.message ?? `The twin answered ${answer.status}.`
  if (answer.status === 503) throw new NotReady(answer.status, message)
  if (!answer.ok) throw new Error(message)
  return content
}

function readable(answer: unknown): string {
  const state = answer as DirectorState | HappeningState | OrderState
  if ('clock' in state) return stateText(state)
  if ('kind' in state) return happeningText(state)
  const lines = state.lines === 1 ? '1 line' : `${state.lines} lines`
  return `Order ${state.purchase_order_id} for ${state.store_id}, ${lines}, is with the suppliers.`
}
