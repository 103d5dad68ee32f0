/** Who may use the warehouse, and how a request says who sends it. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { CODE, Failure } from '../failure.ts'

/** `service`: all rights, for our own processes. `analyst`: reads the warehouse (rights.ts says what exactly). */
export type Role = 'service' | 'analyst'

export interface User {
  name: string
  role: Role
}

export const ANALYST = 'analyst'

const digest = (text: string) => createHash('sha256').update(text).digest()

/** @returns a function that names the sender of a request, or throws error 516 */
export function createUsers(
  accounts: readonly (User & { password: string })[],
): (headers: IncomingHttpHeaders, url: URLSearchParams) => User {
  const users = new Map(
    accounts.map(({ name, role, password }) => [name, { name, role, key: digest(password) }]),
  )
  return (headers, url) => {
    const { user, password } = credentials(headers, url)
    const account = users.get(user)
    // Compared for an unknown name too, so that the time taken tells nothing.
    const matches = timingSafeEqual(digest(password), account?.key ?? digest(''))
    if (!account || !matches || password === '') {
      throw new Failure(
        CODE.authenticationFailed,
        `${user}: Authentication failed: password is incorrect, or there is no user with such name. Send the user and password of the warehouse by basic auth, X-ClickHouse-User and X-ClickHouse-Key, or ?user=&password=`,
      )
    }
    return { name: account.name, role: account.role }
  }
}

function credentials(headers: IncomingHttpHeaders, url: URLSearchParams): { user: string; password: string } {
  const user = headers['x-clickhouse-user']
  if (typeof user === 'string') return { user, password: String(headers['x-clickhouse-key'] ?? '') }
  const basic = /^basic (.+)$/i.exec(headers.authorization ?? '')?.[1]
  if (basic) {
    const text = Buffer.from(basic, 'base64').toString('utf8')
    const colon = text.indexOf(':')
    return { user: colon < 0 ? text : text.slice(0, colon), password: colon < 0 ? '' : text.slice(colon + 1) }
  }
  return { user: url.get('user') ?? 'default', password: url.get('password') ?? '' }
}
