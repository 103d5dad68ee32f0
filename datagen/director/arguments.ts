/** Command line of the director: each command is one request to the twin. */
import {
  HAPPENING_KINDS,
  type HappeningKind,
  type HappeningRequest,
  type OrderRequest,
  type Speed,
} from '@shelfcast/contracts/twin'
import { anyNumber, createCommand, withJsonOption, withStackOptions } from '@shelfcast/runtime/command'
import { type Command, InvalidArgumentError } from 'commander'
import { HAPPENING_TERMS } from './happenings.ts'

export interface DirectorCommand {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: unknown
  /** Waits until a jump has arrived. */
  waits: boolean
  json: boolean
}

interface Common {
  json: boolean
}

interface HappeningOptions extends Common {
  stores?: string[]
  category?: string
  sku?: string
  supplier?: string
  till?: number
  days?: number
  hours?: number
  strength?: number
}

interface OrderOptions extends Common {
  store: string
  line: OrderRequest['lines']
  id?: string
}

/**
 * @param act makes the request
 * @param now names orders that come without an id
 */
export function directorCommand(
  act: (command: DirectorCommand) => Promise<void>,
  now: () => number = Date.now,
): Command {
  const program = createCommand('director', 'Leads the twin of a running stack.').addHelpText(
    'after',
    '\ndocs/twin.md says what each kind of happening does.',
  )
  const command = (name: string, description: string) =>
    withJsonOption(
      withStackOptions(program.command(name).description(description)),
      'what the twin answers, as one JSON object',
    )
  const request = (method: DirectorCommand['method'], path: string, body: unknown, { json }: Common) =>
    act({ method, path: `/director${path}`, body, waits: path === '/jump', json })

  command('status', 'store clock, happenings, orders').action((options: Common) =>
    request('GET', '', undefined, options),
  )
  for (const name of ['pause', 'resume']) {
    command(name, `${name}s the store clock`).action((options: Common) =>
      request('POST', `/${name}`, undefined, options),
    )
  }
  command('speed', 'times real time, 1 to 10000: 3600 is an hour of store time in a second')
    .argument('<n|max>', '', speedArgument)
    .action((speed: Speed, options: Common) => request('POST', '/speed', { speed }, options))
  command('jump', 'forward to the morning of a date; the days between go to the sales history')
    .argument('<date>', 'as 2026-12-20')
    .action((date: string, options: Common) => request('POST', '/jump', { date }, options))
  command('inject', 'lets something happen from the next whole store hour on')
    .argument('<kind>', HAPPENING_KINDS.join(', '), kindArgument)
    .option('--stores <id,id>', 'in which stores; all when left out', (text) => text.split(','))
    .option('--category <name>')
    .option('--sku <sku>')
    .option('--supplier <id>')
    .option('--till <number>', '', anyNumber)
    .option('--days <n>', '', anyNumber)
    .option('--hours <n>', '', anyNumber)
    .option('--strength <n>', '', anyNumber)
    .addHelpText('after', `\nStrength by kind:\n${HAPPENING_KINDS.map(strengthText).join('\n')}`)
    .action((kind: HappeningKind, options: HappeningOptions) =>
      request('POST', '/happenings', happeningOf(kind, options), options),
    )
  command('end', 'ends a happening with the hour that runs')
    .argument('<id>')
    .action((id: string, options: Common) =>
      request('DELETE', `/happenings/${encodeURIComponent(id)}`, undefined, options),
    )
  command('order', 'posts a purchase order; pieces, or grams of weighed goods')
    .requiredOption('--store <id>')
    .requiredOption('--line <sku=quantity...>', 'a line, or several', lineArgument)
    .option('--id <id>')
    .action((options: OrderOptions) => request('POST', '/orders', orderOf(options, now()), options))
  command('policy', 'whether stores reorder by themselves, or live by the orders that are posted')
    .argument('<plain|external>')
    .option('--store <id>', 'of one store; of all when left out')
    .action((kind: string, options: Common & { store?: string }) =>
      request(
        'PUT',
        '/policy',
        { kind, ...(options.store === undefined ? {} : { store_id: options.store }) },
        options,
      ),
    )
  return program
}

function happeningOf(kind: HappeningKind, options: HappeningOptions): HappeningRequest {
  const { stores, category, sku, supplier, till, days, hours, strength } = options
  return {
    kind,
    ...(stores === undefined ? {} : { stores }),
    ...(category === undefined ? {} : { category }),
    ...(sku === undefined ? {} : { sku }),
    ...(supplier === undefined ? {} : { supplier_id: supplier }),
    ...(till === undefined ? {} : { till_id: till }),
    ...(days === undefined ? {} : { days }),
    ...(hours === undefined ? {} : { hours }),
    ...(strength === undefined ? {} : { strength }),
  }
}

function orderOf({ store, line, id }: OrderOptions, now: number): OrderRequest {
  return { purchase_order_id: id ?? `CLI-${store}-${now}`, store_id: store, lines: line }
}

function lineArgument(text: string, lines: OrderRequest['lines'] = []): OrderRequest['lines'] {
  const at = text.lastIndexOf('=')
  if (at < 1) throw new InvalidArgumentError(`${text} is not SKU=QUANTITY. Write --line P-1001=24.`)
  return [...lines, { sku: text.slice(0, at), quantity: anyNumber(text.slice(at + 1)) }]
}

function kindArgument(text: string): HappeningKind {
  const kind = HAPPENING_KINDS.find((each) => each === text.replaceAll('-', '_'))
  if (kind) return kind
  throw new InvalidArgumentError(`It cannot happen. Use one of: ${HAPPENING_KINDS.join(', ')}.`)
}

function speedArgument(text: string): Speed {
  return text === 'max' ? 'max' : anyNumber(text)
}

function strengthText(kind: HappeningKind): string {
  const { strength } = HAPPENING_TERMS[kind]
  const meaning = strength ? `${strength.means} (${strength.usual})` : 'none'
  return `  ${kind.padEnd(16)} ${meaning}`
}
