/** Command line of the director: each command is one request to the twin. */
import { parseArgs } from 'node:util'
import {
  HAPPENING_KINDS,
  type HappeningKind,
  type HappeningRequest,
  type OrderRequest,
  type Speed,
} from '@shelfcast/contracts/twin'
import { HAPPENING_TERMS } from './happenings.ts'

export const USAGE = `Usage: npm run director -- COMMAND
  status                 store clock, happenings, orders
  pause, resume
  speed N|max            times real time, 1 to 10000: 3600 is an hour of store time in a second
  jump DATE              forward to the morning of a date; the days between go to the sales history
  inject KIND            lets something happen from the next whole store hour on:
${HAPPENING_KINDS.map((kind) => `                           ${termsText(kind)}`).join('\n')}
  end ID                 ends a happening with the hour that runs
  order --store ID --line SKU=QUANTITY... [--id ID]
                         posts a purchase order; pieces, or grams of weighed goods
  policy plain|external [--store ID]
                         whether stores reorder by themselves, or live by the orders that are posted

Of inject: [--stores ID,ID] [--category NAME] [--sku SKU] [--supplier ID] [--till NUMBER] [--days N | --hours N]
           [--strength N]
Options:
  --data DIR      which running stack (default .shelfcast)
  --wait SECONDS  how long to wait for the twin where it is away (default 120)
  --json          what the twin answers, as one JSON object
docs/twin.md says what each kind does.`

export interface DirectorCommand {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  path: string
  body?: unknown
  /** Waits until a jump has arrived. */
  waits: boolean
  json: boolean
}

/** @throws an error whose message says what is wrong and how the command is used */
export function parseDirectorArguments(args: string[], now = Date.now()): DirectorCommand | 'help' {
  const { values, positionals } = parsed(args)
  if (values.help || args.length === 0) return 'help'
  const [name = '', value, ...more] = positionals
  if (more.length > 0) throw usage(`"${more.join(' ')}" is too much.`)
  const command = (method: DirectorCommand['method'], path: string, body?: unknown): DirectorCommand => ({
    method,
    path: `/director${path}`,
    body,
    waits: name === 'jump',
    json: values.json,
  })
  /** The word after the command. */
  const word = (what: string): string => {
    if (value === undefined) throw usage(`${name} needs ${what}.`)
    return value
  }
  switch (name) {
    case 'status':
      return command('GET', '')
    case 'pause':
    case 'resume':
      return command('POST', `/${name}`)
    case 'speed':
      return command('POST', '/speed', { speed: speedOf(word('a number, or max')) })
    case 'jump':
      return command('POST', '/jump', { date: word('a date: 2026-12-20') })
    case 'inject':
      return command('POST', '/happenings', happeningOf(kindOf(word('a kind')), values))
    case 'end':
      return command('DELETE', `/happenings/${encodeURIComponent(word('the id of a happening'))}`)
    case 'order':
      return command('POST', '/orders', orderOf(values, now))
    case 'policy':
      return command('PUT', '/policy', {
        kind: word('plain or external'),
        ...(values.store === undefined ? {} : { store_id: values.store }),
      })
    default:
      throw usage(name === '' ? 'Which command?' : `There is no command "${name}".`)
  }
}

type Values = Exclude<ReturnType<typeof parsed>['values'], undefined>

function parsed(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        stores: { type: 'string' },
        store: { type: 'string' },
        category: { type: 'string' },
        sku: { type: 'string' },
        supplier: { type: 'string' },
        till: { type: 'string' },
        days: { type: 'string' },
        hours: { type: 'string' },
        strength: { type: 'string' },
        line: { type: 'string', multiple: true },
        id: { type: 'string' },
        // The launcher takes the twin's address from DIR and passes it in the environment.
        data: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}

function happeningOf(kind: HappeningKind, values: Values): HappeningRequest {
  const { stores, store, category, sku, supplier, till, days, hours, strength } = values
  const chosen = stores?.split(',') ?? (store === undefined ? undefined : [store])
  return {
    kind,
    ...(chosen ? { stores: chosen } : {}),
    ...(category === undefined ? {} : { category }),
    ...(sku === undefined ? {} : { sku }),
    ...(supplier === undefined ? {} : { supplier_id: supplier }),
    ...(till === undefined ? {} : { till_id: numberOf('--till', till) }),
    ...(days === undefined ? {} : { days: numberOf('--days', days) }),
    ...(hours === undefined ? {} : { hours: numberOf('--hours', hours) }),
    ...(strength === undefined ? {} : { strength: numberOf('--strength', strength) }),
  }
}

function orderOf({ store, line = [], id }: Values, now: number): OrderRequest {
  if (store === undefined) throw usage('order needs --store ID.')
  if (line.length === 0) throw usage('order needs at least one --line SKU=QUANTITY.')
  const lines = line.map((text) => {
    const at = text.lastIndexOf('=')
    if (at < 1) throw usage(`--line ${text} is not SKU=QUANTITY. Write --line P-1001=24.`)
    return { sku: text.slice(0, at), quantity: numberOf('--line', text.slice(at + 1)) }
  })
  return { purchase_order_id: id ?? `CLI-${store}-${now}`, store_id: store, lines }
}

function kindOf(text: string): HappeningKind {
  const kind = HAPPENING_KINDS.find((each) => each === text.replaceAll('-', '_'))
  if (kind) return kind
  throw usage(`"${text}" cannot happen. Use one of: ${HAPPENING_KINDS.join(', ')}.`)
}

function speedOf(text: string): Speed {
  return text === 'max' ? 'max' : numberOf('speed', text)
}

function numberOf(name: string, text: string): number {
  const number = Number(text)
  if (text.trim() !== '' && Number.isFinite(number)) return number
  throw usage(`${name} "${text}" is not a number.`)
}

function termsText(kind: HappeningKind): string {
  const { strength } = HAPPENING_TERMS[kind]
  const meaning = strength ? `strength: ${strength.means} (${strength.usual})` : 'no strength'
  return `${kind.padEnd(16)} ${meaning}`
}

function usage(fault: string): Error {
  return new Error(`${fault}\n\n${USAGE}`)
}
