/** The environments in docker-compose.yml: what several services share, and of each service of ours its own. */
import { RetentionEnvironment } from '@shelfcast/contracts/retention'
import {
  KafkaEnvironment,
  LakeEnvironment,
  OperationalEnvironment,
  ServiceEnvironment,
  WarehouseEnvironment,
} from '@shelfcast/runtime/environment'
import { type TObject, type TSchema, Type } from 'typebox'
import { compact, models, replay } from '../parts/on-demand.ts'
import { defaultOf, type Places, type Program } from '../parts/part.ts'
import { ONE_SHOTS, oneShotOf, PARTS, partOf } from '../parts/parts.ts'
import { secrets } from '../parts/secrets.ts'

const { LOG_LEVEL } = ServiceEnvironment.properties
const SHARED: Record<string, TObject> = {
  kafka: KafkaEnvironment,
  lake: LakeEnvironment,
  warehouse: WarehouseEnvironment,
  operational: OperationalEnvironment,
  retention: RetentionEnvironment,
  log: Type.Object({ LOG_LEVEL }),
}
const BEGIN =
  '# Written by `npm run generate` from platform/parts, as is the environment of each service of ours.'
const END = '# Up to here.'

export const OURS: Program[] = [
  secrets,
  ...ONE_SHOTS.map(oneShotOf),
  ...PARTS.map(partOf),
  compact,
  models,
  replay,
].filter(({ compose }) => compose.environment !== undefined)

/** By variable: where a part is in the network; nowhere where it does not run without a profile. */
const ADDRESSES = new Map(
  PARTS.flatMap((name) => {
    const { compose, ports, environment, access, addresses } = partOf(name)
    const at: Places = Object.fromEntries(
      Object.entries(ports).map(([port, variable]) => [
        port,
        `${compose.service}:${compose.ports?.[port] ?? defaultOf(environment.properties[variable])}`,
      ]),
    )
    return Object.entries(addresses(at)).map(([variable, address]) => {
      // What is empty where there is none can also be made empty by a person.
      if (defaultOf(access.properties[variable]) !== '') return [variable, address] as const
      return [variable, compose.profile ? `\${${variable}-}` : `\${${variable}-${address}}`] as const
    })
  }),
)

/** @returns the text with its environments as the parts have them. @throws for a service that is not in it */
export function composeFile(template: string): string {
  const begin = template.indexOf(BEGIN)
  const end = template.indexOf(END)
  if (begin === -1 || end === -1)
    throw new Error(`docker-compose.yml has lost its lines "${BEGIN}" and "${END}".`)
  const shared = Object.entries(SHARED).flatMap(([name, group]) => [
    `x-${name}-environment: &${name}-environment`,
    ...lines(Object.entries(group.properties), '  '),
  ])
  const text = `${template.slice(0, begin)}${[BEGIN, ...shared, ''].join('\n')}${template.slice(end)}`
  return OURS.reduce(withEnvironment, text)
}

function withEnvironment(text: string, program: Program): string {
  const { service } = program.compose
  const place = new RegExp(
    `(^  ${service}:\\n(?:(?:    .*| *)\\n)*?    environment:\\n)(?:      .*\\n)*`,
    'm',
  )
  if (!place.test(text))
    throw new Error(`docker-compose.yml has no service "${service}" with an environment.`)
  return text.replace(place, (_, head: string) => `${head}${environmentOf(program).join('\n')}\n`)
}

function environmentOf({ environment, compose, ...program }: Program): string[] {
  const shared = Object.entries(SHARED).filter(([, group]) =>
    Object.entries(group.properties).every(([name, schema]) =>
      sameValue(name, schema, environment.properties[name]),
    ),
  )
  const sharedNames = new Set(shared.flatMap(([, group]) => Object.keys(group.properties)))
  const own = Object.entries(environment.properties).filter(([name]) => !sharedNames.has(name))
  const listens = 'ports' in program
  return [
    ...(shared.length === 0
      ? []
      : [`      <<: [${shared.map(([name]) => `*${name}-environment`).join(', ')}]`]),
    // It is asked by the name of its service; where a person may set more names, they are to name that too.
    ...(listens && isWiring(environment.properties.ALLOWED_HOSTS)
      ? [`      ALLOWED_HOSTS: ${service(compose)}`]
      : []),
    ...lines(own, '      ', compose.environment),
  ]
}

const service = ({ service: name }: { service: string }) => name

/** True when both come out as the same line, or as none. */
function sameValue(name: string, one: TSchema, other: TSchema | undefined): boolean {
  return other !== undefined && lineValue(name, one) === lineValue(name, other)
}

function lines(settings: [string, TSchema][], indent: string, fixed: Record<string, string> = {}): string[] {
  return settings.flatMap(([name, schema]) => {
    const value = fixed[name] ?? lineValue(name, schema)
    return value === undefined ? [] : [`${indent}${name}: ${value}`]
  })
}

/** @returns undefined for what a container is not told: its secrets are in a file, its ports are as they are */
function lineValue(name: string, schema: TSchema): string | undefined {
  const address = ADDRESSES.get(name)
  if (address !== undefined) return address
  const fallback = defaultOf(schema)
  const { secret, emptyIsOff, pattern } = schema as { secret?: true; emptyIsOff?: true; pattern?: string }
  // The secrets of a person are handed to the one-shot that keeps them.
  if (secret || isWiring(schema) || name.endsWith('_PORT')) return undefined
  if (fallback === undefined) return pattern === undefined ? undefined : `\${${name}:-}`
  return `\${${name}${emptyIsOff ? '-' : ':-'}${fallback}}`
}

function isWiring(schema: TSchema | undefined): boolean {
  return (schema as { wiring?: true } | undefined)?.wiring === true
}
